import { describe, expect, test } from 'vitest'
import type { Entry } from '../../src/domain/log.ts'
import type { Store } from '../../src/store/store.ts'
import { storages } from '../support/each-store.ts'
import { appendVerified, changeOverApi, finishUpgradeOfFile, makeForm2File } from '../support/histories.ts'
import { mongoSkipReason, mongoStorage } from '../support/mongo-storage.ts'
import { sqliteStorage } from '../support/storage.ts'
import { everyNewKind, service } from '../verify/every-kind.ts'
import { exportHistoryText, importText, withStore } from './support.ts'

const kinds = Object.entries(storages)
const others = kinds.toReversed()

describe('exporting and importing a history', () => {
  test.for(
    kinds.map(([kind, createSource], index) => [kind, others[index]?.[0], createSource, others[index]?.[1]] as const),
  )(
    'a history that is exported from %s and imported into %s is exported from there unchanged',
    async ([, , createSource, createTarget = sqliteStorage]) => {
      await withStore(createSource, async (source, storage) => {
        await changeOverApi(storage, 'by-calls', 250)
        await appendVerified(source, 'verified')
        await source.appendAll(everyNewKind(service('my-org/rollouts')).entries)
        await importText(source, record)
        const lines = await exportHistoryText(source)
        expect(eventsIn(lines)).toEqual(everyEvent)
        await withStore(createTarget, async (target) => {
          const counts = { added: lines.length, alreadyThere: 0, skipped: 0, refused: 0, refusals: [] }
          expect(await importText(target, lines.join('\n'))).toMatchObject(counts)
          await requireSame(source, target)
        })
      })
    },
  )

  test.for(kinds)(
    'the history of a SQLite file that was upgraded in the middle is imported into %s',
    async ([, createTarget]) => {
      const storage = await sqliteStorage()
      makeForm2File(storage)
      await changeOverApi(storage, 'before', 120)
      await changeOverApi(storage, 'both', 120)
      finishUpgradeOfFile(storage)
      await changeOverApi(storage, 'both', 121)
      await changeOverApi(storage, 'after', 40)
      await withStore(
        async () => storage,
        async (source) => {
          const lines = await exportHistoryText(source)
          expect(new Set(formsOf(lines, 'my-org/before'))).toEqual(new Set([2]))
          expect(new Set(formsOf(lines, 'my-org/both'))).toEqual(new Set([2, 3]))
          expect(new Set(formsOf(lines, 'my-org/after'))).toEqual(new Set([3]))
          await withStore(createTarget, async (target) => {
            expect(await importText(target, lines.join('\n'))).toMatchObject({
              added: lines.length,
              refused: 0,
              refusals: [],
            })
            await requireSame(source, target)
          })
        },
      )
    },
  )
  if (mongoSkipReason)
    test.skip(`histories on MongoDB (${mongoSkipReason})`, () => withStore(mongoStorage, async () => {}))
})

/** Requires the same entries, with the states after them, and the same text of the history. */
async function requireSame(source: Store, target: Store): Promise<void> {
  const { services } = await source.readServices({ limit: 100 })
  expect((await target.readServices({ limit: 100 })).services).toEqual(services)
  for (const { service } of services) {
    const read = (store: Store): Promise<Entry[]> => store.readLog(service, { after: 0, limit: 1_000 })
    expect(await read(target)).toEqual(await read(source))
  }
  expect(await exportHistoryText(target)).toEqual(await exportHistoryText(source))
}

const record = JSON.stringify({
  ...{ kind: 'revision', namespace: 'a', name: 'b', revision_tag: '1.0.0', is_default: true },
  register_time: '2024-05-06T07:08:09.123Z',
})

const everyEvent = [
  ...['alias-deleted', 'alias-set', 'choices-reverted', 'default-cleared', 'default-set', 'revision-deleted'],
  ...['revision-deprecated', 'revision-registered', 'revision-undeprecated', 'revision-unyanked', 'revision-updated'],
  ...['revision-yanked', 'rollout-ended', 'rollout-set'],
]

function eventsIn(lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => JSON.parse(line).delta.event))].sort()
}

function formsOf(lines: readonly string[], service: string): number[] {
  return lines.map((line) => JSON.parse(line)).flatMap((line) => (line.service === service ? [line.v] : []))
}
