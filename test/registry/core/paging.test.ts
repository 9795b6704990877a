import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Listing, pageSizes, readPage } from '../../../src/registry/core/paging.ts'
import { caller } from '../../support/caller.ts'

/** A list of the numbers from 1 to `count` that pass a filter, and the sizes of the reads that were made of it. */
function numbers(count: number, accepts: (item: number) => boolean = () => true) {
  const all = Array.from({ length: count }, (_, index) => index + 1)
  const reads: number[] = []
  const listing: Listing<number, number> = {
    query: ['numbers'],
    isPosition: (value): value is number => Number.isSafeInteger(value),
    positionOf: (item) => item,
    bytesOf: () => 1,
    accepts,
    read: async (after, limit) => {
      reads.push(limit)
      const items = all.filter((item) => item > (after ?? 0)).slice(0, limit)
      return { items, next: (items.length < limit ? undefined : items.at(-1)) ?? null }
    },
  }
  return { all, listing, reads }
}

/** Reads every page of a list, one after the other. `between` is called before each page except the first. */
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
  test('the pages of a list contain each item that passes the filter once and in order, and no page is too long', async () => {
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

  test('the pages of a list neither skip nor repeat an item that stays, while other items come and go', async () => {
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
    [1001, 1000, 'a larger size counts as the largest'],
    [2 ** 31 - 1, 1000, 'the largest number of the protocol'],
  ] as const)('a page of size %i has %i items (%s)', async ([pageSize, expected]) => {
    const { listing } = numbers(1500)
    expect((await readPage(listing, { pageSize, pageToken: '' }, caller)).items).toHaveLength(expected)
  })

  test('a negative page size is refused', async () => {
    await expect(readPage(numbers(1).listing, { pageSize: -1, pageToken: '' }, caller)).rejects.toMatchObject({
      ...{ code: 'invalid_argument', reason: 'INVALID_PAGE_SIZE' },
      fieldViolations: [{ field: 'page_size', description: expect.stringContaining('-1') }],
    })
  })

  test('a page of a list without a filter costs one read, of exactly as many items as the page has', async () => {
    const { listing, reads } = numbers(10_000)
    const { nextPageToken } = await readPage(listing, { pageSize: 100, pageToken: '' }, caller)
    await readPage(listing, { pageSize: 100, pageToken: nextPageToken }, caller)
    expect(reads).toEqual([100, 100])
  })

  test('a page may end early, with a token and without items, because the number of items that it reads is bounded', async () => {
    const { listing, reads } = numbers(1_000_000, (item) => item === 1_000_000)
    const page = await readPage(listing, { pageSize: 10, pageToken: '' }, caller)
    expect(page.items).toEqual([])
    expect(page.nextPageToken).not.toBe('')
    expect(reads.reduce((a, b) => a + b)).toBeLessThan(3 * pageSizes.largest)
    expect(Math.max(...reads)).toBeLessThanOrEqual(pageSizes.largest)
  })

  test.for([0, 1, 99, 100])('a list with a full page and %i more items comes to an end', async (rest) => {
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

  test('a page token needs no escaping in a URL', async () => {
    expect(await tokenOf(numbers(100).listing)).toMatch(/^[\w-]+$/)
  })

  test('a page token that was cut anywhere is refused', async () => {
    const { listing } = numbers(100)
    const token = await tokenOf(listing)
    for (let length = 1; length < token.length; length++) await refuses(listing, token.slice(0, length))
    for (let at = 1; at < token.length; at++) await refuses(listing, token.slice(at))
  })

  test.for([
    [['numbers', 'other'], 'another filter'],
    [['numbers', null], 'a filter where the list has none'],
    [['strings'], 'another list'],
    [[], 'no query'],
  ] as const)('a page token is refused by a list with the query %j (%s)', async ([query]) => {
    const { listing } = numbers(100)
    await refuses({ ...listing, query }, await tokenOf(listing))
  })

  test('a page token may be used with another page size', async () => {
    const { listing } = numbers(100)
    const { items } = await readPage(listing, { pageSize: 3, pageToken: await tokenOf(listing) }, caller)
    expect(items).toEqual([11, 12, 13])
  })

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

  test.for([
    ['nonsense', 'not JSON'],
    ['%', 'not base64'],
    [encode(null), 'not a list'],
    [encode({ 0: ['numbers'], 1: 1 }), 'not a list'],
    [encode([['numbers']]), 'no position'],
    [encode([['numbers'], null]), 'a position of null'],
    [encode([['numbers'], 'x']), 'a position of another list'],
    [encode([['numbers'], 1.5]), 'not a position of this list'],
    [encode('['.repeat(1000)), 'many brackets'],
    ['a'.repeat(100_000), 'very long'],
  ] as const)('the page token %s is refused (%s)', async ([token]) => {
    await refuses(numbers(100).listing, token)
  })
})
