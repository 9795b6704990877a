import { expect, test } from 'vitest'
import { defaultEntry, rolloutEntry } from '../../src/domain/entries/new-entry.ts'
import { type FullHead, withDefault, withRollout } from '../../src/domain/head.ts'
import type { FullHeadSnapshot } from '../../src/domain/log.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import type { Rollout } from '../../src/domain/rollout/rollout.ts'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import type { UpgradableStore } from '../../src/store/forms/upgradable-store.ts'
import type { Fields } from '../support/api.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { makeForm2File } from '../support/histories.ts'
import { rolloutOf } from '../support/rollouts.ts'
import { sqliteStorage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { exportState, exportText, importText, withStore } from './support.ts'

const TIME = '2024-05-06T07:08:09.123Z'
const key = { namespace: 'my-org', name: 'my-service' }
const { service } = parseServiceReference('my-org/my-service')
const NAME = 'the rollout of my-org/my-service'

const revision = (tag: string, more: Fields = {}) =>
  JSON.stringify({
    ...{ kind: 'revision', ...key, revision_tag: tag, is_default: false, requested_default: null },
    ...{ register_time: TIME, registered_by: 'somebody', ...more },
  })
const yanked = { state: 'YANKED', yank: { reason: 'bad' } }

const candidate = (revision_tag: string, from: number, to: number, more: Fields = {}) => ({
  ...{ revision_tag, weight: to - from, buckets: from === to ? [] : [{ from, to }], ...more },
})
const rollout = (...candidates: readonly Fields[]) => ({ candidates, salt: 's1', start_time: TIME, update_time: TIME })
const tenPercent = rollout(candidate('2.0.0', 0, 10_000))

const settings = (defaultTag: string, running: Fields | null | undefined, more: Fields = {}) =>
  JSON.stringify({
    ...{ kind: 'service', ...key, default_revision_tag: defaultTag },
    ...{ default_rule: { by: 'hand', actor: 'somebody', time: TIME }, aliases: [], rollout: running, ...more },
  })
const revisions = [revision('1.0.0'), revision('1.1.0'), revision('2.0.0')]
const defaultIs = (tag: string) =>
  revisions.map((line) => JSON.stringify({ ...JSON.parse(line), is_default: JSON.parse(line).revision_tag === tag }))
const state = (running: Fields | null | undefined) => [...defaultIs('1.0.0'), settings('1.0.0', running)].join('\n')

async function newestOf(store: UpgradableStore): Promise<FullHeadSnapshot> {
  return (await store.readHead(service)) as FullHeadSnapshot
}

/** Changes the rollout as a call of the API does. */
async function setHere(store: UpgradableStore, running: Rollout | null): Promise<void> {
  const newest = await newestOf(store)
  const event = running === null ? 'rollout-ended' : 'rollout-set'
  const rollout = running && { ...running, setAt: newest.generation + 1 }
  const change = { service, event, head: withRollout(newest.head, rollout) } as const
  await store.append(rolloutEntry(newest, change, writer()))
}

const writer = () => ({ id: crypto.randomUUID(), principal: { name: 'somebody' }, now: Date.now() })

describeOnEachStore('an import of a rollout', (createStorage) => {
  const run = (use: (store: UpgradableStore, location: string) => Promise<void>) => () =>
    withStore(createStorage, async (store, { location }) => {
      await use(store, location)
      expect(await problemsIn(location)).toEqual([])
    })

  test(
    'begins the rollout where none runs, says so, and changes nothing if it is repeated',
    run(async (store) => {
      await importText(store, state(undefined))
      const changed = { changed: 1, alreadyThere: 3, kept: [], refusals: [], parts: { changed: { rollout: 1 } } }
      expect(await importText(store, state(tenPercent))).toMatchObject(changed)
      expect(await exportState(store)).toEqual(state(tenPercent).split('\n'))
      const { head, generation } = await newestOf(store)
      expect(head.rollout?.setAt).toBe(generation)
      expect(await importText(store, state(tenPercent))).toMatchObject({ alreadyThere: 4 })
      expect((await newestOf(store)).generation).toBe(generation)
    }),
  )

  test(
    'keeps the rollout that runs, and says so, if the input has another one or none',
    run(async (store) => {
      await importText(store, state(tenPercent))
      const others = [
        [rollout(candidate('2.0.0', 0, 50_000)), 'the input has another one'],
        [rollout(candidate('1.1.0', 0, 10_000)), 'the input has another one'],
        [{ ...tenPercent, salt: 's2' }, 'the input has another one'],
        [null, 'the input has none'],
      ] as const
      for (const [other, said] of others) {
        expect(await importText(store, state(other))).toMatchObject({
          ...{ changed: 0, refusals: [], kept: [`${NAME} stays as it is here; ${said}`] },
          parts: { kept: { rollout: 1 } },
        })
      }
      expect(await importText(store, state(undefined))).toMatchObject({ alreadyThere: 4 })
      expect(await exportState(store)).toEqual(state(tenPercent).split('\n'))
    }),
  )

  test(
    'does not begin a rollout again that somebody ended here, but begins a later one',
    run(async (store) => {
      await importText(store, state(tenPercent))
      await setHere(store, null)
      expect(await importText(store, state(tenPercent))).toMatchObject({
        ...{ changed: 0, refusals: [], kept: [`${NAME} does not begin again, because somebody ended it here`] },
      })
      const later = { ...tenPercent, start_time: '2024-06-01T00:00:00.000Z' }
      expect(await importText(store, state(later))).toMatchObject({ changed: 1, kept: [] })
    }),
  )

  test.for([
    ['does not exist', revisions.slice(0, 2), '"2.0.0" does not exist'],
    ['is yanked', [...revisions.slice(0, 2), revision('2.0.0', yanked)], '"2.0.0" is yanked'],
    ['is deleted', [...revisions.slice(0, 2), revision('2.0.0', { state: 'DELETED' })], '"2.0.0" is deleted'],
  ] as const)('refuses a rollout whose candidate %s in the input, and tells why', ([, some, problem]) =>
    run(async (store) => {
      const remedy = 'choose candidates that exist, are not yanked and are not the default.'
      const input = [...some, settings('1.0.0', tenPercent)].join('\n')
      expect((await importText(store, input)).refusals).toEqual([
        `${some.length + 1}: ${NAME} cannot begin, because ${problem}; ${remedy}`,
      ])
      expect((await newestOf(store)).head).toMatchObject({ rollout: null, defaultTag: '1.0.0' })
    })(),
  )

  test(
    'does not begin a rollout whose candidate somebody has made the default here, and tells why',
    run(async (store) => {
      await importText(store, state(null))
      const newest = await newestOf(store)
      const rule = { by: 'hand', policy: null, reason: '', actor: 'somebody', time: 0 } as const
      const head = withDefault(newest.head, '2.0.0' as RevisionTag, rule)
      await store.append(defaultEntry(newest, { service, event: 'default-set', head }, writer()))
      const { kept, refusals } = await importText(store, state(tenPercent))
      expect([kept.at(-1), refusals]).toEqual([`${NAME} does not begin, because "2.0.0" is the default`, []])
    }),
  )

  test(
    'holds a candidate that it yanks, gives it back its callers if it unyanks it, and does not delete it',
    run(async (store) => {
      const two = rollout(candidate('1.1.0', 0, 10_000), candidate('2.0.0', 10_000, 15_000))
      const first = [...defaultIs('1.0.0'), settings('1.0.0', two)]
      await importText(store, first.join('\n'))
      const heldOnes = async () => (await newestOf(store)).head.rollout?.candidates.map(({ isHeld }) => isHeld)
      expect(await heldOnes()).toEqual([false, false])
      const held = rollout(candidate('1.1.0', 0, 10_000), candidate('2.0.0', 10_000, 15_000, { held: true }))
      const second = [...defaultIs('1.0.0').slice(0, 2), revision('2.0.0', yanked), settings('1.0.0', held)]
      expect(await importText(store, second.join('\n'))).toMatchObject({ parts: { changed: { yanked: 1 }, kept: {} } })
      expect(await exportState(store)).toEqual(second)
      expect(await importText(store, first.join('\n'))).toMatchObject({ parts: { changed: { unyanked: 1 }, kept: {} } })
      expect(await exportState(store)).toEqual(first)
      const gone = [...defaultIs('1.0.0').slice(0, 2), revision('2.0.0', { state: 'DELETED' }), settings('1.0.0', two)]
      expect((await importText(store, gone.join('\n'))).kept).toEqual([
        'my-org/my-service:2.0.0 stays as it is, because it is a candidate of the rollout here',
      ])
      expect(await heldOnes()).toEqual([false, true])
    }),
  )

  test(
    'lets a candidate that it makes the default leave the rollout, which ends with its last candidate',
    run(async (store) => {
      const two = rollout(candidate('1.1.0', 0, 10_000), candidate('2.0.0', 10_000, 15_000))
      await importText(store, [...defaultIs('1.0.0'), settings('1.0.0', two)].join('\n'))
      await importText(store, [...defaultIs('2.0.0'), settings('2.0.0', undefined)].join('\n'))
      expect(await exportState(store)).toEqual([
        ...defaultIs('2.0.0'),
        settings('2.0.0', rollout(candidate('1.1.0', 0, 10_000))),
      ])
      await importText(store, [...defaultIs('1.1.0'), settings('1.1.0', undefined)].join('\n'))
      expect(await exportState(store)).toEqual([...defaultIs('1.1.0'), settings('1.1.0', null)])
    }),
  )

  test(
    'refuses the later of two records that say different rollouts',
    run(async (store) => {
      const input = [state(tenPercent), settings('1.0.0', null), settings('1.0.0', tenPercent)].join('\n')
      expect((await importText(store, input)).refusals).toEqual([
        '5: my-org/my-service has other values in record 4 of the input; remove one of the two records.',
      ])
    }),
  )

  test(
    'that somebody set here is in the export, with the generation and the hash of the newest entry',
    run(async (store) => {
      await importText(store, state(null))
      await setHere(store, rolloutOf([{ tag: '2.0.0', weight: 1_000, pinnedKeys: ['tester'] }]))
      const { generation, hash } = await newestOf(store)
      const [last = ''] = (await exportText(store)).slice(-1)
      expect(JSON.parse(last)).toMatchObject({
        ...{ generation, hash },
        rollout: { candidates: [{ revision_tag: '2.0.0', weight: 1_000, pinned_keys: ['tester'] }] },
      })
      expect(generation).toBe(5)
    }),
  )
})

const limits = Array.from({ length: 257 }, (_, index) => ({ from: 2 * index, to: 2 * index + 1 }))

test.for<readonly [string, unknown, string]>([
  ['is no object', [], 'rollout is a list; use a JSON object.'],
  ['is false', false, 'rollout is false; use a JSON object.'],
  ['is an empty text', '', 'rollout is ""; use a JSON object.'],
  ['has an unknown key', { ...tenPercent, salte: 's' }, 'rollout.salte is not known; use "salt", or remove it.'],
  ['has no salt', { ...tenPercent, salt: '' }, 'salt is empty; use the salt of the rollout.'],
  ['has a weight that is too high', rollout({ revision_tag: '2.0.0', weight: 100_001 }), 'candidates[0].weight'],
  ['has another number of buckets than the weight', rollout(candidate('2.0.0', 0, 9, { weight: 10 })), '9 buckets'],
  ['has a range that ends before it begins', rollout(candidate('2.0.0', 9, 8, { weight: 1 })), 'the range from 9 to 8'],
  ['has a bucket beyond the last', rollout(candidate('2.0.0', 99_999, 100_001)), 'to 100001'],
  [
    'has ranges that are not in ascending order',
    rollout(candidate('2.0.0', 0, 2, { buckets: [limits[1], limits[0]] })),
    'ascending ranges',
  ],
  ['has a bucket twice', rollout(candidate('1.1.0', 0, 10), candidate('2.0.0', 9, 12)), 'has bucket 9 twice'],
  ['has too many ranges', rollout(candidate('2.0.0', 0, 257, { buckets: limits })), 'has 257 ranges of buckets'],
  [
    'has a pinned key that is no text',
    rollout(candidate('2.0.0', 0, 1, { pinned_keys: [1] })),
    'use a list of strings',
  ],
  ['has a time that is no time', { ...tenPercent, start_time: 'today' }, 'start_time'],
])('an import refuses a rollout that %s', async ([, wrong, problem]) => {
  await withStore(sqliteStorage, async (store) => {
    const { refusals } = await importText(store, [...revisions, settings('1.0.0', wrong as Fields)].join('\n'))
    expect(refusals).toEqual([expect.stringContaining(problem)])
    expect(((await newestOf(store)).head as FullHead).rollout).toBeNull()
  })
})

test('an import into a store whose upgrade is not finished refuses the rollout only', async () => {
  const storage = await sqliteStorage()
  makeForm2File(storage)
  await withStore(
    async () => storage,
    async (store) => {
      const { refusals } = await importText(store, state(tenPercent))
      const remedy = 'run waypost upgrade --finish first.'
      expect(refusals).toEqual([`4: ${NAME} cannot begin, because the upgrade of the store is not finished; ${remedy}`])
      expect((await newestOf(store)).head).toMatchObject({ defaultTag: '1.0.0', rollout: null })
    },
  )
})
