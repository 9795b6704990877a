import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectFlipIsNoticed, soundFile } from './damaged-file.ts'
import { problemsOf, type SoundStore } from './damaged-store.ts'
import { columns } from './flips.ts'

// The slow test has the other seeds.
const FLIPS = 5

describe('a byte of a SQLite file that changes', () => {
  let file: SoundStore

  beforeAll(async () => {
    file = await soundFile()
  })

  afterAll(() => file.close())

  test.for(columns)('a changed byte of the column %s is noticed by reads and by a verification', async (column) => {
    for (let seed = 1; seed <= FLIPS; seed++) await expectFlipIsNoticed(file, column, seed)
    expect(await problemsOf(file.store), 'each change was taken back').toEqual([])
  })
})
