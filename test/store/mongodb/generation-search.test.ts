import { expect, test } from 'vitest'
import { Log } from '../../../src/store/contract/log.ts'
import { service } from '../../../src/store/contract/support.ts'
import { type EntryDocument, toDocument } from '../../../src/store/mongodb/documents.ts'
import { findGeneration } from '../../../src/store/mongodb/reads/generation-search.ts'

const entry = new Log().register('1.0.0').next

interface FakeLog {
  /** The newest generation. */
  length: number
  readonly timeOf?: (generation: number) => number
  /** The times that a damaged index shows. */
  readonly shownTimeOf?: (generation: number) => number
  readonly missing?: readonly number[]
  /** Is called after each read of times. */
  readonly afterRead?: (log: FakeLog) => void
}

/** Searches a log without a database, and notes its reads. */
async function search(log: FakeLog, time: number) {
  const { timeOf = (generation) => generation * 10, shownTimeOf = timeOf, missing = [] } = log
  const has = (generation: number) => generation >= 1 && generation <= log.length && !missing.includes(generation)
  const reads: (readonly number[])[] = []
  const times = async (generations: readonly number[]) => {
    reads.push(generations)
    const found = generations.filter(has).map((generation) => ({ generation, time: new Date(shownTimeOf(generation)) }))
    log.afterRead?.(log)
    return found
  }
  const from = async (first: number): Promise<EntryDocument[]> => {
    reads.push([])
    const next = Array.from({ length: 5 }, (_, index) => first + index).filter(has)
    return next.slice(0, 2).map((generation) => toDocument({ ...entry, generation, time: timeOf(generation) }, 3))
  }
  return { found: await findGeneration(service, { times, from }, time), reads }
}

test('a search by time finds the greatest generation that is not after it, in a log of any length', async () => {
  for (let length = 1; length <= 40; length++) {
    for (let time = 5; time <= length * 10 + 15; time += 5) {
      expect((await search({ length }, time)).found).toBe(Math.min(Math.floor(time / 10), length))
    }
  }
})

test('a search by time finds the last of several entries with the same time', async () => {
  const timeOf = (generation: number) => Math.ceil(generation / 7)
  for (let time = 0; time <= 21; time++) {
    expect((await search({ length: 140, timeOf }, time)).found).toBe(Math.min(time * 7, 140))
  }
})

test('a search by time in an empty log finds nothing', async () => {
  expect((await search({ length: 0 }, 10)).found).toBeNull()
})

test('a search by time among a million entries takes at most seven reads, and looks at each entry once', async () => {
  const million = 1_000_000
  const wanted = [0, 1, 2, 999, 524_287, 524_288, 524_289, 777_777, 999_999, million, million + 1]
  for (const generation of wanted) {
    const { found, reads } = await search({ length: million }, generation * 10)
    expect(found).toBe(Math.min(generation, million))
    expect(reads.length).toBeLessThanOrEqual(7)
    expect(new Set(reads.flat()).size).toBe(reads.flat().length)
  }
})

test('a search by time finds entries that are appended meanwhile, and no entry after the time', async () => {
  for (let time = 10; time <= 400; time += 10) {
    const log: FakeLog = { length: 5, afterRead: (growing) => (growing.length += 3) }
    const { found } = await search(log, time)
    expect(found).toBeGreaterThanOrEqual(Math.min(time / 10, 5))
    expect(found).toBeLessThanOrEqual(Math.min(time / 10, log.length))
  }
})

test.for([
  ['the entry that it finds is missing', { length: 20, missing: [12] }],
  ['the next entry is missing', { length: 20, missing: [13] }],
  ['the first entry is missing', { length: 20, missing: [1, 2, 4, 8, 16] }],
  ['an index shows a wrong time of the entry that it finds', { length: 20, shownTimeOf: () => 1 }],
] as const)('a search by time is refused if %s', async ([, log]) => {
  await expect(search(log, 120)).rejects.toMatchObject({ reason: 'DAMAGED_ENTRY' })
})
