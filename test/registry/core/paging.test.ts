import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Listing, pageSizes, readPage } from '../../../src/registry/core/paging.ts'
import { caller } from '../../support/caller.ts'

/** The numbers from 1 up that pass a filter, in the order of their size, and how the list was read. */
function numbers(count: number, accepts: (item: number) => boolean = () => true) {
  const all = Array.from({ length: count }, (_, index) => index + 1)
  const reads: number[] = []
  const listing: Listing<number, number> = {
    query: ['numbers'],
    isPosition: (value): value is number => Number.isSafeInteger(value),
    positionOf: (item) => item,
    accepts,
    read: async (after, limit) => {
      reads.push(limit)
      const items = all.filter((item) => item > (after ?? 0)).slice(0, limit)
      return { items, next: (items.length < limit ? undefined : items.at(-1)) ?? null }
    },
  }
  return { all, listing, reads }
}

/** Every page of a list, one after the other. `between` is called before each but the first. */
async function readAll(listing: Listing<number, number>, pageSize: number, between = () => {}) {
  const pages: (readonly number[])[] = []
  let pageToken = ''
  do {
    if (pages.length > 0) between()
    const { items, nextPageToken } = await readPage(listing, { pageSize, pageToken }, caller)
    pages.push(items)
    pageToken = nextPageToken
  } while (pageToken !== '')
  return pages
}

describe('the pages of a list', () => {
  test('the pages of a list have every item that fits the filter once, in order, and none too many', async () => {
    const filter = fc.integer({ min: 1, max: 40 })
    await fc.assert(
      fc.asyncProperty(fc.nat(300), fc.integer({ min: 1, max: 40 }), filter, async (count, pageSize, every) => {
        const { all, listing } = numbers(count, (item) => item % every === 0)
        const pages = await readAll(listing, pageSize)
        expect(pages.flat()).toEqual(all.filter((item) => item % every === 0))
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(pageSize)
      }),
      { numRuns: 300 },
    )
  })

  test('skip nothing and repeat nothing that is there from the first to the last, whatever comes and goes', async () => {
    const changes = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 100 })), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 1, max: 20 }), async (all, pageSize) => {
        const present = new Set(Array.from({ length: 50 }, (_, index) => 2 * index + 1))
        const removed = new Set<number>()
        const { listing } = numbers(0)
        const read: typeof listing.read = async (after, limit) => {
          const items = [...present].sort((a, b) => a - b).filter((item) => item > (after ?? 0))
          return { items: items.slice(0, limit), next: items.length < limit ? null : (items[limit - 1] ?? null) }
        }
        const pending = [...all]
        const pages = await readAll({ ...listing, read }, pageSize, () => {
          const [isAdded, item] = pending.shift() ?? [true, 0]
          if (isAdded && item > 0 && item % 2 === 0) present.add(item)
          else if (!isAdded && present.delete(item)) removed.add(item)
        })
        const seen = pages.flat()
        expect(new Set(seen).size).toBe(seen.length)
        for (let item = 1; item < 100; item += 2) if (!removed.has(item)) expect(seen).toContain(item)
      }),
      { numRuns: 200 },
    )
  })

  test.for([
    [0, 100, 'the default'],
    [1, 1, 'the smallest'],
    [1000, 1000, 'the largest'],
    [1001, 1000, 'more counts as the largest'],
    [2 ** 31 - 1, 1000, 'the largest number of the protocol'],
  ] as const)('of size %i have %i items: %s', async ([pageSize, expected]) => {
    const { listing } = numbers(1500)
    expect((await readPage(listing, { pageSize, pageToken: '' }, caller)).items).toHaveLength(expected)
  })

  test('of a negative size are refused', async () => {
    await expect(readPage(numbers(1).listing, { pageSize: -1, pageToken: '' }, caller)).rejects.toMatchObject({
      ...{ code: 'invalid_argument', reason: 'INVALID_PAGE_SIZE' },
      fieldViolations: [{ field: 'page_size', description: expect.stringContaining('-1') }],
    })
  })

  test('cost one read each where nothing is filtered, and no more items than they have', async () => {
    const { listing, reads } = numbers(10_000)
    const { nextPageToken } = await readPage(listing, { pageSize: 100, pageToken: '' }, caller)
    await readPage(listing, { pageSize: 100, pageToken: nextPageToken }, caller)
    expect(reads).toEqual([100, 100])
  })

  test('the pages of a list end with a token, and perhaps without items, where few fit: a read is never without bound', async () => {
    const { listing, reads } = numbers(1_000_000, (item) => item === 1_000_000)
    const page = await readPage(listing, { pageSize: 10, pageToken: '' }, caller)
    expect(page.items).toEqual([])
    expect(page.nextPageToken).not.toBe('')
    expect(reads.reduce((a, b) => a + b)).toBeLessThan(3 * pageSizes.largest)
    expect(Math.max(...reads)).toBeLessThanOrEqual(pageSizes.largest)
  })

  test.for([0, 1, 99, 100])('the pages of a list have no token where the last has %i items', async (rest) => {
    const { listing } = numbers(100 + rest)
    const pages = await readAll(listing, 100)
    expect(pages.map((page) => page.length).filter((length) => length > 0)).toEqual(rest === 0 ? [100] : [100, rest])
  })
})

describe('a page token', () => {
  const refuses = (listing: Listing<number, number>, pageToken: string) =>
    expect(readPage(listing, { pageSize: 10, pageToken }, caller), pageToken).rejects.toMatchObject({
      ...{ code: 'invalid_argument', reason: 'INVALID_PAGE_TOKEN' },
      fieldViolations: [{ field: 'page_token', description: expect.stringContaining('next_page_token') }],
    })
  const tokenOf = async (listing: Listing<number, number>) =>
    (await readPage(listing, { pageSize: 10, pageToken: '' }, caller)).nextPageToken

  test('a page token is text that a URL takes as it is', async () => {
    expect(await tokenOf(numbers(100).listing)).toMatch(/^[\w-]+$/)
  })

  test('a page token is refused wherever it was cut short', async () => {
    const { listing } = numbers(100)
    const token = await tokenOf(listing)
    for (let length = 1; length < token.length; length++) await refuses(listing, token.slice(0, length))
    for (let at = 1; at < token.length; at++) await refuses(listing, token.slice(at))
  })

  test.for([
    [['numbers', 'other'], 'another filter'],
    [['numbers', null], 'a filter that is not there'],
    [['strings'], 'another list'],
    [[], 'none'],
  ] as const)('a page token is refused by a list with the query %j: %s', async ([query]) => {
    const { listing } = numbers(100)
    await refuses({ ...listing, query }, await tokenOf(listing))
  })

  test('a page token is good with another page size', async () => {
    const { listing } = numbers(100)
    const { items } = await readPage(listing, { pageSize: 3, pageToken: await tokenOf(listing) }, caller)
    expect(items).toEqual([11, 12, 13])
  })

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

  test.for([
    ['nonsense', 'no JSON'],
    ['%', 'no base64'],
    [encode(null), 'no list'],
    [encode({ 0: ['numbers'], 1: 1 }), 'no list'],
    [encode([['numbers']]), 'no position'],
    [encode([['numbers'], null]), 'the position of the start'],
    [encode([['numbers'], 'x']), 'a position of another list'],
    [encode([['numbers'], 1.5]), 'no position of this list'],
    [encode('['.repeat(1000)), 'many brackets'],
    ['a'.repeat(100_000), 'very long'],
  ] as const)('a page token is not %s: %s', async ([token]) => {
    await refuses(numbers(100).listing, token)
  })
})
