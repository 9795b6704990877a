import { afterAll, beforeAll, expect, test } from 'vitest'
import { finishUpgrade, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { active, deleted } from '../../../src/domain/lifecycle.ts'
import { type Entry, snapshotAfter } from '../../../src/domain/log.ts'
import { noInfo, type RevisionInfo } from '../../../src/domain/revision-info.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { answerAfter, type Keeps, withoutRegistration } from '../../../src/store/contract/support.ts'
import { type Store, theDefault } from '../../../src/store/store.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { asForm2Storage, keptInForm2, readStoredForms } from '../../support/form-2.ts'
import { isOnReplicaSet } from '../../support/mongo-topology.ts'
import type { Storage } from '../../support/storage.ts'

const withEndpoint = (uri: string): RevisionInfo => ({
  ...noInfo,
  endpoints: [{ protocol: 'grpc', uri, metadata: [] }],
})

// Each entry after the first few needs earlier ones: for aliases, endpoints, the information in the registration, or a
// default that nobody but an import has set.
function writeLog(log: Log): Log {
  return log
    .register('1.0.0', { kind: 'import', principal: { name: 'import' }, info: withEndpoint('https://a.example') })
    .setAlias('moves')
    .setAlias('stays', '1.0.0')
    .register('0.9.0', {
      kind: 'import',
      principal: { name: 'import' },
      registeredInfo: withEndpoint('https://old.example'),
    })
    .update('1.0.0', { ...withEndpoint('https://b.example'), labels: [['tier', 'web']] })
    .request('request-1')
    .register('1.1.0', { info: withEndpoint('https://c.example'), becomesDefault: false })
    .yankAndMove('1.1.0', 'moves', '1.0.0')
    .change('1.0.0', { ...active, deprecation: { message: 'old', replacement: null } })
    .update('0.9.0', { ...noInfo, description: 'changed' })
    .setAlias('late', '0.9.0')
    .update('1.0.0', { ...withEndpoint('https://b.example'), labels: [] })
    .clearDefault()
    .deleteAlias('stays')
    .change('1.1.0', deleted)
    .register('1.2.0')
    .yankAndMove('0.9.0', 'moves', null)
    .request('request-2')
}

const LENGTH = writeLog(new Log()).entries.length

/** The log of a service whose first entries were written before the upgrade was finished. */
function logUpgradedAfter(count: number): Log {
  const keeps: Keeps = (entry) => (entry.generation <= count ? keptInForm2(entry) : entry)
  return writeLog(new Log([], parseServiceId('my-org', `upgraded-after-${count}`), { keeps }))
}

describeOnEachStore('logs that began in form 2 and go on in form 3', (createStorage) => {
  // Each read of a replica set waits for two of the members.
  const step = isOnReplicaSet ? 6 : 1
  const counts = Array.from({ length: LENGTH + 1 }, (_, count) => count).filter((count) => count % step === 0)
  const logs = counts.map((count) => [count, logUpgradedAfter(count)] as const)
  let storage: Storage
  let store: Store

  beforeAll(async () => {
    storage = await asForm2Storage(createStorage())
    store = await openStore(parseStore(storage.location))
    for (const [count, { entries }] of logs) await appendEach(entries.slice(0, count))
    expect(await finishUpgrade(parseStore(storage.location))).toBe('finished')
  })

  afterAll(async () => {
    await store.close()
    await storage.remove()
  })

  // One by one, because that is how the API appends them.
  async function appendEach(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) expect(await store.append(entry)).toBe('appended')
  }

  test('wherever a log is upgraded, its head and its revisions are found as each entry left them', async () => {
    for (const [count, log] of logs) {
      for (let length = count; length <= LENGTH; length++) {
        if (length > count) await appendEach(log.entries.slice(length - 1, length))
        if (length > 0) await requireState(log, length)
      }
    }
  })

  test('wherever a log is upgraded, its entries, its pages and its requests are read as they were written', async () => {
    for (const [, { stored, service }] of logs) {
      expect(await store.readLog(service, { after: 0, limit: 100 })).toEqual(stored)
      for (const id of ['request-1', 'request-2']) {
        expect(await store.findRequest(service, id)).toEqual(stored.find(({ request }) => request?.id === id))
      }
      for (let generation = 1; generation <= LENGTH; generation++) await requirePage(stored.slice(0, generation))
    }
  })

  test('the chain of a service begins with its first entry of form 3', async () => {
    for (const [count, { service }] of logs) {
      const links = (await store.readLog(service, { after: 0, limit: 100 })).map(({ link }) => link)
      expect(links.slice(0, count).every((link) => link === null)).toBe(true)
      const expected = links.slice(count).map((_, index) => (index === 0 ? '' : links[count + index - 1]?.hash))
      expect(links.slice(count).map((link) => link?.prev)).toEqual(expected)
    }
    const forms = await readStoredForms(storage.location)
    expect(forms.filter(({ form }) => form === 2)).toHaveLength(counts.reduce((sum, count) => sum + count))
  })

  async function requireState({ service, stored }: Log, length: number): Promise<void> {
    const entries = stored.slice(0, length)
    const snapshot = snapshotAfter(entries.at(-1) as Entry)
    const { head } = snapshot
    expect(await store.readHead(service)).toEqual(snapshot)
    for (const tag of ['0.9.0', '1.0.0', '1.1.0', '1.2.0'] as RevisionTag[]) {
      const revision = newest(entries, tag)
      expect(await store.lookupForChange(service, { by: 'tag', tag })).toEqual({ ...snapshot, revision })
      expect(await store.lookup(service, { by: 'tag', tag })).toEqual(answerAfter(entries.at(-1) as Entry, revision))
    }
    const theirDefault = head.defaultTag === null ? null : newest(entries, head.defaultTag)
    expect(await store.lookup(service, theDefault)).toEqual(answerAfter(entries.at(-1) as Entry, theirDefault))
    for (const alias of head.aliases) {
      const expected = answerAfter(entries.at(-1) as Entry, alias.tag === null ? null : newest(entries, alias.tag), {
        alias,
      })
      expect(await store.lookup(service, { by: 'alias', alias: alias.name })).toEqual(expected)
    }
  }

  async function requirePage(entries: readonly Entry[]): Promise<void> {
    const { service, generation } = entries.at(-1) as Entry
    const page = await store.readRevisions(service, { order: 'registration', limit: 10, generation })
    const tags = [...new Set(entries.flatMap(({ revision }) => revision?.revisionTag ?? []))]
    const revisions = tags.map((tag) => newest(entries, tag)).filter((revision) => !revision?.lifecycle.isDeleted)
    const sorted = revisions.toSorted((a, b) => (b?.ordinal ?? 0) - (a?.ordinal ?? 0))
    expect(page?.revisions).toEqual(sorted.map((revision) => revision && withoutRegistration(revision)))
  }
})

function newest(entries: readonly Entry[], tag: RevisionTag) {
  return entries.findLast(({ revision }) => revision?.revisionTag === tag)?.revision ?? null
}
