import { afterAll, beforeAll, describe, test } from 'vitest'
import { expectFlipIsNoticed, soundFile } from './damaged-file.ts'
import type { SoundStore } from './damaged-store.ts'
import { columns } from './flips.ts'

const FLIPS = 40
const first = Math.floor(Math.random() * 1_000_000)

describe(`bytes of a SQLite file that change, with the seeds from ${first}`, () => {
  let file: SoundStore

  beforeAll(async () => {
    file = await soundFile()
  })

  afterAll(() => file.close())

  test.for(columns)('changed bytes of the column %s are noticed by reads and by a verification', async (column) => {
    for (let seed = first; seed < first + FLIPS; seed++) await expectFlipIsNoticed(file, column, seed)
  })
})
