import { expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { roundedVersionKey, versionKey } from '../../src/domain/versions/version-key.ts'
import { Log } from '../../src/store/contract/log.ts'
import { service } from '../../src/store/contract/support.ts'
import { toDocument } from '../../src/store/mongodb/documents.ts'
import { toColumns } from '../../src/store/sqlite/rows.ts'
import { followPages, tagsOf } from '../behaviour/pages.ts'
import { apis } from '../support/api.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import { openRawLog, type RawEntry, replaceRaw } from '../support/raw-log.ts'
import type { Storage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'

// Rounding makes the first of these smaller, the second greater, and keeps the third.
const tags = ['1.0.0-dev.20261125213000125', '1.0.0-dev.20261125213000123', '1.0.0-dev.20261125213000120', '0.9.0']

/** Stores the keys that versions of Waypost stored that rounded large numbers. */
async function roundKeys(storage: Storage): Promise<void> {
  const raw = await openRawLog(storage)
  for (const entry of await raw.read('my-org/my-service')) await replaceRaw(raw, entry, withRoundedKey(entry))
  await raw.close()
}

function withRoundedKey({ tag, version, registration, revision }: RawEntry): RawEntry {
  const key = (text: unknown) => roundedVersionKey(text as RevisionTag)
  if (typeof version === 'string') return { version: key(tag) }
  const { tag: ofDocument } = revision as { readonly tag: string }
  return { registration: { ...(registration as RawEntry), version: key(ofDocument) } }
}

test('entries of form 2 have rounded keys, which older servers that still run can read', () => {
  const tag = tags[0] as RevisionTag
  const entry = new Log([], service).register(tag).newest
  const [rounded, exact] = [roundedVersionKey(tag), versionKey(tag)]
  expect([toColumns(entry, 2).version, toDocument(entry, 2).registration?.version]).toEqual([rounded, rounded])
  expect([toColumns(entry, 3).version, toDocument(entry, 3).registration?.version]).toEqual([exact, exact])
})

describeOnEachStore('a store with rounded keys of large numbers', (createStorage) => {
  test('a store whose version keys an earlier version rounded is sound, and every read answers all of it', async () => {
    await using opened = new AsyncDisposableStack()
    const storage = opened.adopt(await createStorage(), ({ remove }) => remove())
    const store = await openStore(parseStore(storage.location))
    await store.appendAll(tags.reduce((log, tag) => log.register(tag), new Log([], service)).entries)
    await store.close()
    await roundKeys(storage)

    expect(await problemsIn(storage.location)).toEqual([])
    const server = opened.adopt(await startInProcess(storage), (each) => each.close())
    const api = opened.adopt(apis.Connect(server.url), async (each) => each.close())
    const list = { ...service, order: 'HIGHEST_VERSION_FIRST', page_size: 1 }
    const pages = await followPages((page_token) => api.call('listRevisions', { ...list, page_token }))
    expect(tagsOf(...pages).toSorted()).toEqual(tags.toSorted())
    for (const revision_tag of tags) {
      expect(await api.call('get', { ...service, revision_tag })).toMatchObject({ revision: { revision_tag } })
    }
    const version_range = `<${tags[0]}`
    expect(await api.call('get', { ...service, version_range })).toMatchObject({ revision: { revision_tag: tags[1] } })
  })
})
