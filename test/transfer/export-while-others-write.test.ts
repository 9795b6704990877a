import { expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { type Entry, type FullRevision, snapshotAfter } from '../../src/domain/log.ts'
import { formatServiceId, type ServiceId } from '../../src/domain/sruid.ts'
import type { Store } from '../../src/store/store.ts'
import { formatRevision, formatService } from '../../src/transfer/format.ts'
import { randomFrom } from '../fuzz/random.ts'
import { apis } from '../support/api.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import { makeChanges } from '../support/random-changes.ts'
import { sqliteStorage } from '../support/storage.ts'
import { exportState, exportText, importText, toState, withStore } from './support.ts'

const WRITERS = 4
const CHANGES_OF_EACH = 80
/** How many of the exports are imported. */
const IMPORTED = 15
const services = ['a', 'b'].map((name) => ({ namespace: 'my-org', name }))

describeOnEachStore('exporting while others write', (createStorage) => {
  test('each service in an export is as it was at one generation, and the exports can be imported', async () => {
    await withStore(createStorage, async (store, storage) => {
      const server = await startInProcess(storage)
      const api = apis.Connect(server.url)
      const reader = await openStore(parseStore(storage.location))
      try {
        let isWriting = true
        const writing = Promise.all(
          Array.from({ length: WRITERS }, async (_, seed) => {
            const [service = { namespace: '', name: '' }] = services.slice(seed % services.length)
            await makeChanges({ api, service, random: randomFrom(seed) }, CHANGES_OF_EACH)
          }),
        ).finally(() => {
          isWriting = false
        })
        const dumps: string[][] = []
        while (isWriting) dumps.push(await exportText(reader))
        // Exports are faster than changes, so many of them are the same.
        await writing
        dumps.push(await exportText(reader))
        const known = await statesOf(store)
        for (const dump of dumps) requireKnown(dump, known)
        expect(dumps.length).toBeGreaterThan(3)
        const step = Math.ceil(dumps.length / IMPORTED)
        for (const dump of dumps.filter((some, index) => some.length > 0 && index % step === 0))
          await requireImportable(dump)
      } finally {
        await reader.close()
        api.close()
        await server.close()
      }
    })
  })
})

function requireKnown(dump: readonly string[], known: ReadonlySet<string>): void {
  const lines = Object.values(Object.groupBy(dump, (line) => serviceOf(JSON.parse(line))))
  for (const some of lines) expect(known.has(some?.join('\n') ?? ''), some?.join('\n')).toBe(true)
}

async function requireImportable(dump: readonly string[]): Promise<void> {
  await withStore(sqliteStorage, async (copy) => {
    expect(await importText(copy, dump.join('\n'))).toMatchObject({ added: dump.length, refused: 0, refusals: [] })
    expect(await exportState(copy)).toEqual(dump.map(toState))
  })
}

function serviceOf({ namespace, name }: ServiceId): string {
  return formatServiceId({ namespace, name })
}

/** The lines of each service at each generation of its log. */
async function statesOf(store: Store): Promise<ReadonlySet<string>> {
  const states = new Set<string>()
  for (const { service } of (await store.readServices({ limit: 10 })).services) {
    const revisions = new Map<string, FullRevision>()
    for (const entry of await store.readLog(service, { after: 0, limit: 1_000 })) {
      if (entry.revision !== null) revisions.set(entry.revision.revisionTag, entry.revision)
      states.add(linesOf(entry, [...revisions.values()]).join('\n'))
    }
  }
  return states
}

function linesOf(entry: Entry, revisions: readonly FullRevision[]): string[] {
  const { service, head } = entry
  const lines = revisions.map((revision) => formatRevision(revision, revision.revisionTag === head.defaultTag))
  return [...lines, formatService(service, snapshotAfter(entry))]
}
