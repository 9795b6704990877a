import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test, vi } from 'vitest'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { versionKey } from '../../../src/domain/versions/version-key.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { RevisionScan, Store } from '../../../src/store/store.ts'
import { serviceOf } from './entries.ts'
import { useSqliteFile } from './files.ts'

const { path, open } = useSqliteFile()

afterEach(() => void vi.restoreAllMocks())

/** Makes a file as earlier versions of form 3 made it: with one index for all versions, and one for services. */
async function createEarlierFile(): Promise<void> {
  await openSqliteStore(path()).close()
  using db = new DatabaseSync(path())
  db.exec(`
    DROP INDEX entries_by_prerelease;
    CREATE INDEX entries_by_version ON log (service, version, generation) WHERE version IS NOT NULL;
    CREATE INDEX services ON log (service) WHERE generation = 1`)
}

function indexesOf(): string[] {
  using db = new DatabaseSync(path())
  const names = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
    .all()
  return names.map(({ name }) => String(name))
}

const kinds = [
  ['a new file', async () => {}],
  ['a file with the indexes of an earlier version', createEarlierFile],
] as const

test.for(kinds)('every read of %s uses an index and sorts nothing', async ([, create]) => {
  await create()
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  open()
  const queries = prepare.mock.calls.map(([sql]) => sql).filter((sql) => /^\s*(?:SELECT|WITH).*FROM log/s.test(sql))
  expect(queries.length).toBeGreaterThanOrEqual(9)
  using db = new DatabaseSync(path())
  for (const query of queries) {
    const steps = db
      .prepare(`EXPLAIN QUERY PLAN ${query}`)
      .all()
      .map(({ detail }) => String(detail))
    expect(
      steps.some((step) => /^SEARCH log USING (?:COVERING )?INDEX/.test(step)),
      query,
    ).toBe(true)
    expect(
      steps.filter((step) => /SCAN log|TEMP B-TREE/.test(step)),
      query,
    ).toEqual([])
  }
})

test.for(kinds)('the revisions of %s are listed by version, page by page', async ([, create]) => {
  await create()
  const store = open()
  const tags = ['1.0.0', '1.0.0-rc.1', '2.0.0-beta.1', '0.9.0', '1.10.0', 'main', '2.0.0-alpha.1', '1.2.0']
  const log = new Log([], serviceOf('listed'))
  for (const tag of tags) log.register(tag)
  await store.appendAll(log.entries)
  const all = ['2.0.0-beta.1', '2.0.0-alpha.1', '1.10.0', '1.2.0', '1.0.0', '1.0.0-rc.1', '0.9.0']
  // A tag that is no version comes after all versions.
  expect(await tagsOf(store, {})).toEqual([...all, 'main'])
  expect(await tagsOf(store, { releasesOnly: true })).toEqual(['1.10.0', '1.2.0', '1.0.0', '0.9.0'])
  const from = versionKey('1.0.0-rc.1' as RevisionTag) ?? undefined
  expect(await tagsOf(store, { from })).toEqual(all.slice(0, 6))
})

test('a start drops the index of services that earlier versions made, and lists the same services', async () => {
  await createEarlierFile()
  const store = open()
  for (const name of ['b', 'a', 'c']) {
    await store.appendAll(new Log([], serviceOf(name)).register('1.0.0').register('1.1.0').entries)
  }
  expect(indexesOf()).not.toContain('services')
  const names = async (after?: string, limit = 10) =>
    (await store.readServices({ prefix: 'my-org/', after, limit })).services.map(({ service }) => service.name)
  expect([await names(), await names('my-org/a'), await names('my-org/a', 1)]).toEqual([
    ['a', 'b', 'c'],
    ['b', 'c'],
    ['b'],
  ])
  expect(await store.readNamespaces({ limit: 10 })).toEqual(['my-org'])
})

type VersionScan = Partial<Extract<RevisionScan, { order: 'version' }>>

/** The tags of a list, in pages of two. */
async function tagsOf(store: Store, scan: VersionScan): Promise<string[]> {
  const tags: string[] = []
  let after: VersionScan['after']
  for (;;) {
    const page = await store.readRevisions(serviceOf('listed'), { ...scan, order: 'version', limit: 2, after })
    tags.push(...(page?.revisions ?? []).map(({ revisionTag }) => revisionTag))
    if (!page?.last) return tags
    after = { versionKey: versionKey(page.last.revisionTag) ?? '', ordinal: page.last.ordinal }
  }
}
