import { afterEach, describe, expect, test, vi } from 'vitest'
import { Log } from '../../../src/store/contract/log.ts'
import { service } from '../../../src/store/contract/support.ts'
import { LONGEST_WAIT_MS, LongReads, sharesOf } from '../../../src/store/mongodb/reads/long-reads.ts'
import { theDefault } from '../../../src/store/store.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import { useStores } from './open-stores.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('long reads', () => {
  test.for([
    [100, { long: 8, others: 8 }],
    [0, { long: 8, others: 8 }],
    [10, { long: 2, others: 5 }],
    [1, { long: 1, others: 1 }],
  ] as const)('a pool of %i connections leaves most of them for other reads', ([maxPoolSize, shares]) => {
    expect(sharesOf(maxPoolSize)).toEqual(shares)
  })

  test('long reads run a few at a time, in the order in which they came', async () => {
    const reads = new LongReads(2)
    const begun: number[] = []
    const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>())
    const all = ends.map(({ promise }, index) =>
      reads.run(() => {
        begun.push(index)
        return promise
      }),
    )
    expect(begun).toEqual([0, 1])
    ends[1]?.resolve(1)
    await all[1]
    await vi.waitFor(() => expect(begun).toEqual([0, 1, 2]))
    for (const [index, { resolve }] of ends.entries()) resolve(index)
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3])
  })

  test('a long read that waits too long for others fails and says so, and the next one still gets its turn', async () => {
    vi.useFakeTimers()
    const reads = new LongReads(1)
    const first = Promise.withResolvers<string>()
    const running = reads.run(() => first.promise)
    const late = reads.run(async () => 'late')
    const refused = expect(late).rejects.toMatchObject({
      reason: 'STORE_UNAVAILABLE',
      cause: { message: 'the read waited 2000 ms for others; at most 1 long read runs at once.' },
    })
    await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS)
    await refused
    const next = reads.run(async () => 'next')
    first.resolve('first')
    expect(await Promise.all([running, next])).toEqual(['first', 'next'])
  })

  test('a long read that fails gives its turn to the next one', async () => {
    const reads = new LongReads(1)
    await expect(reads.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await reads.run(async () => 'next')).toBe('next')
  })
})

describe.skipIf(mongoSkipReason)('lookups beside long reads', () => {
  const { mongo, open } = useStores(mongoStorage)

  test('lookups are answered while more long reads wait than there are connections', async () => {
    const { location } = mongo().storage
    const store = await open(`${location}${location.includes('?') ? '&' : '?'}maxPoolSize=4`)
    const log = new Log()
    for (let index = 0; index < 1_000; index++) log.register(`1.${index}.0`)
    await store.appendAll(log.entries)
    let finished = 0
    const lists = Array.from({ length: 50 }, () =>
      store.readRevisions(service, { order: 'version', limit: 1_000 }).finally(() => finished++),
    )
    for (let index = 0; index < 5; index++) expect((await store.lookup(service, theDefault))?.generation).toBe(1_000)
    expect(finished).toBeLessThan(lists.length / 2)
    await Promise.allSettled(lists)
  })
})
