import assert from 'node:assert/strict'
import { noInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, parseServiceReference } from '../../domain/sruid.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import type { RevisionScan, Store } from '../store.ts'
import { Log } from './log.ts'
import { type ContractCase, service, withStore } from './support.ts'

/** The most bytes of the revisions of a page, as JSON. */
const MOST_BYTES = 3 * 1024 ** 2

/** About twice as many revisions as fit on a page. */
const COUNT = 50

/** The promises about pages whose items are large. */
export const largePagesContract: readonly ContractCase[] = [
  {
    name: 'a page of large revisions ends before they have more than 3 MiB, and the next pages have the others',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
      for (let index = 0; index < COUNT; index++) log.register(tagOf(index), { info: large(index) })
      for (let index = 0; index < COUNT; index += 10) log.change(tagOf(index), { ...yanked })
      await store.appendAll(log.entries)
      const expected = Array.from({ length: COUNT }, (_, index) => tagOf(index)).reverse()
      for (const order of ['registration', 'version'] as const) {
        assert.deepEqual(await readPages(store, order), expected)
      }
    }),
  },
  {
    name: 'a page of a log with large entries ends before they have more than 3 MiB, and the next pages have the others',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
      for (let index = 0; index < COUNT / 2; index++) log.register(tagOf(index), { info: large(index) })
      // These entries are small, and an earlier one has their large part.
      for (let index = 0; index < COUNT / 2; index++) log.change(tagOf(index), yanked)
      await store.appendAll(log.entries)
      const pages: number[] = []
      for (let after = 0; after < COUNT; ) {
        const entries = await store.readLog(service, { after, limit: 1_000 })
        requireBounded(entries.map(({ revision }) => revision))
        assert.deepEqual(entries, log.stored.slice(after, after + entries.length))
        pages.push(entries.length)
        after += entries.length
      }
      requireFull(pages)
      assert.deepEqual(await store.readLog(service, { after: COUNT, limit: 1_000 }), [])
    }),
  },
  {
    name: 'a page of services with large defaults ends before they have more than 3 MiB, and tells that more follow',
    run: withStore(async (store, keeps) => {
      const names = Array.from({ length: COUNT }, (_, index) => `my-org/service-${index + 10}`)
      for (const [index, name] of names.entries()) {
        const of = parseServiceReference(name).service
        await store.appendAll(new Log([], of, { keeps }).register('1.0.0', { info: large(index) }).entries)
      }
      const pages: string[][] = []
      for (let hasMore = true; hasMore; ) {
        const page = await store.readServices({ after: pages.at(-1)?.at(-1), limit: 1_000 })
        requireBounded(page.services.map(({ revision }) => revision))
        pages.push(page.services.map((each) => formatServiceId(each.service)))
        hasMore = page.hasMore
      }
      requireFull(pages.map(({ length }) => length))
      assert.deepEqual(pages.flat(), names)
    }),
  },
]

const yanked = { yank: { reason: '' }, deprecation: null, isDeleted: false }

const tagOf = (index: number) => `1.${index}.0` as RevisionTag

// Each value has 3 bytes of UTF-8 in one character, by which a revision is measured at its registration.
function large(index: number): RevisionInfo {
  const metadata = Array.from({ length: 30 }, (_, key) => [`k${key + 10}`, '\u20ac'.repeat(1_000)] as const)
  return { ...noInfo, endpoints: [{ protocol: 'grpc', uri: `https://a.example/${index}`, metadata }] }
}

async function readPages(store: Store, order: RevisionScan['order']): Promise<string[]> {
  const pages: string[][] = []
  let scan: RevisionScan | undefined = { order, limit: 1_000 }
  while (scan !== undefined) {
    const page = await store.readRevisions(service, scan)
    assert.ok(page)
    requireBounded(page.revisions)
    assert.equal(page.lookedAt, page.revisions.length)
    pages.push(page.revisions.map(({ revisionTag }) => revisionTag))
    scan = page.last === null ? undefined : scanAfter(order, page.last)
  }
  requireFull(pages.map(({ length }) => length))
  return pages.flat()
}

function scanAfter(
  order: RevisionScan['order'],
  last: { revisionTag: RevisionTag; registeredAt: number; ordinal: number },
): RevisionScan {
  const { revisionTag, registeredAt, ordinal } = last
  return order === 'registration'
    ? { order, limit: 1_000, after: { registeredAt, ordinal } }
    : { order, limit: 1_000, after: { versionKey: versionKey(revisionTag), ordinal } }
}

function requireBounded(revisions: readonly unknown[]): void {
  const bytes = revisions.reduce((sum: number, each) => sum + Buffer.byteLength(JSON.stringify(each)), 0)
  assert.ok(bytes <= MOST_BYTES || revisions.length === 1, `a page of ${revisions.length} has ${bytes} bytes`)
}

// The pages except the last use much of their space.
function requireFull(lengths: readonly number[]): void {
  assert.ok(lengths.length > 1 && lengths.length <= 5, `pages of ${lengths}`)
  assert.ok(lengths.every((length) => length > 0))
}
