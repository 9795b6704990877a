import { expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import type { UpgradableStore } from '../../src/store/forms/upgradable-store.ts'
import { rehearse } from '../../src/transfer/rehearsal.ts'
import { type Api, apis, type Fields } from '../support/api.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import { sqliteStorage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { exportState, exportText, importText, withStore } from './support.ts'

const TIME = '2024-05-06T07:08:09.123Z'
const service = { namespace: 'my-org', name: 'my-service' }

const revision = (tag: string, more: Fields = {}) =>
  JSON.stringify({
    ...{ kind: 'revision', ...service, revision_tag: tag, is_default: false, requested_default: null },
    ...{ register_time: TIME, registered_by: 'somebody', ...more },
  })
const settings = (tag: string | null, aliases: Fields = {}) =>
  JSON.stringify({
    ...{ kind: 'service', ...service, default_revision_tag: tag },
    ...(tag !== null && { default_rule: { by: 'hand', actor: 'somebody', time: TIME } }),
    aliases: Object.entries(aliases).map(([alias, revision_tag]) => ({ alias, revision_tag })),
    rollout: null,
  })
const dumped = (tag: string, isDefault: boolean) =>
  JSON.stringify({
    model: 'django_twined.servicerevision',
    fields: { ...service, tag, is_default: isDefault, created: TIME, project_name: 'p' },
  })

const before = [revision('1.0.0'), revision('1.1.0', { is_default: true }), settings('1.1.0', { beta: '1.0.0' })]

describeOnEachStore('an import of a later state', (createStorage) => {
  const run = (use: (store: UpgradableStore, api: Api, location: string) => Promise<void>) => () =>
    withStore(createStorage, async (store, storage) => {
      const server = await startInProcess(storage)
      const api = apis.Connect(server.url)
      try {
        await use(store, api, storage.location)
      } finally {
        api.close()
        await server.close()
      }
    })

  test(
    'changes every kind of part that only imports have written, counts them, and is then already there',
    run(async (store) => {
      await importText(store, before.join('\n'))
      const after = [
        revision('1.0.0', {
          ...{ labels: { tier: 'web' }, registered: {}, state: 'YANKED' },
          ...{ yank: { reason: 'bad' }, deprecation: { message: 'use 1.1.0' } },
        }),
        revision('1.1.0', { state: 'DELETED' }),
        revision('1.2.0', { is_default: true }),
        settings('1.2.0', { stable: '1.2.0' }),
      ]
      const changed = {
        information: 1,
        deprecated: 1,
        yanked: 2,
        deleted: 1,
        default: 1,
        'alias set': 1,
        'alias deleted': 1,
      }
      const expected = { added: 1, changed: 3, kept: [], refusals: [], parts: { changed, kept: {}, skipped: {} } }
      expect(await importText(store, after.join('\n'))).toMatchObject(expected)
      expect(await exportState(store)).toEqual(after)
      expect(await importText(store, after.join('\n'))).toMatchObject({ alreadyThere: 4, parts: { changed: {} } })
      const back = [revision('1.0.0'), revision('1.2.0'), settings(null)]
      const undone = { information: 1, undeprecated: 1, unyanked: 1, default: 1, 'alias deleted': 1 }
      expect(await importText(store, back.join('\n'))).toMatchObject({
        changed: 3,
        parts: { changed: undone },
      })
    }),
  )

  test(
    'keeps each part that somebody has changed here, counts it, and refuses nothing',
    run(async (store, api) => {
      const aliases = { beta: '1.0.0', stable: '1.0.0', next: '1.0.0', old: '1.0.0' }
      const some = [revision('1.0.0'), revision('1.1.0'), revision('1.2.0'), settings('1.2.0', aliases)]
      await importText(store, some.join('\n'))
      await api.call('updateRevision', {
        ...service,
        revision_tag: '1.0.0',
        update_mask: 'labels',
        labels: { tier: 'db' },
      })
      await api.call('setDefault', { ...service, revision_tag: '1.1.0' })
      await api.call('setAlias', { ...service, alias: 'beta', revision_tag: '1.1.0' })
      await api.call('setAlias', { ...service, alias: 'old', revision_tag: '1.1.0' })
      await api.call('deleteAlias', { ...service, alias: 'stable' })
      const here = await exportText(store)
      const after = [
        revision('1.0.0', { state: 'YANKED' }),
        revision('1.1.0', { state: 'YANKED' }),
        revision('1.2.0'),
        settings('1.2.0', { beta: '1.2.0', stable: '1.0.0', next: '1.0.0' }),
      ]
      const counts = await importText(store, after.join('\n'))
      const kept = { information: 1, yanked: 2, default: 1, 'alias set': 2, 'alias deleted': 1 }
      expect(counts).toMatchObject({ refusals: [], alreadyThere: 1, parts: { changed: {}, kept } })
      expect(counts.kept.toSorted()).toEqual([
        'alias "beta" of my-org/my-service stays as somebody set it here',
        'alias "old" of my-org/my-service stays, because somebody set it here',
        'alias "stable" of my-org/my-service stays as somebody deleted it here',
        'my-org/my-service:1.0.0 stays as it is, because somebody has changed it here',
        'my-org/my-service:1.0.0 stays as it is, because somebody has changed it here',
        'my-org/my-service:1.1.0 stays as it is, because somebody has made it the default here',
        'the default of my-org/my-service stays "1.1.0", which somebody set here; the input says "1.2.0"',
      ])
      expect(await exportText(store)).toEqual(here)
    }),
  )

  test(
    'keeps the default and the aliases if the input points them to a revision that somebody has yanked or deleted here',
    run(async (store, api) => {
      const revisions = [revision('1.0.0'), revision('1.1.0'), revision('1.2.0')]
      await importText(store, [...revisions, settings('1.0.0')].join('\n'))
      const yanked = { ...service, revision_tag: '1.1.0' }
      await api.call('yank', yanked)
      const { revision: found } = await api.call('get', { ...yanked, view: 'FULL' })
      await api.call('deleteRevision', { ...yanked, etag: (found as Fields).etag })
      await api.call('yank', { ...service, revision_tag: '1.2.0' })
      const here = await exportText(store)
      const after = [...revisions, settings('1.2.0', { beta: '1.1.0' })].join('\n')
      const { kept, ...counts } = await importText(store, after)
      expect(counts).toMatchObject({ refusals: [], added: 0, changed: 0 })
      expect(kept).toEqual(
        expect.arrayContaining([
          'the default of my-org/my-service stays "1.0.0", because somebody has yanked or deleted "1.2.0" here',
          'alias "beta" of my-org/my-service stays as it is, because somebody has deleted "1.1.0" here',
        ]),
      )
      expect(await exportText(store)).toEqual(here)
    }),
  )

  test(
    'keeps the aliases that somebody deleted here, and sets them again once an import has deleted them',
    run(async (store, api) => {
      const some = { a: '1.0.0', b: '1.0.0' }
      const follow = (aliases: Fields) => importText(store, [revision('1.0.0'), settings(null, aliases)].join('\n'))
      await follow(some)
      for (const alias of ['a', 'b']) await api.call('deleteAlias', { ...service, alias })
      await api.call('setAlias', { ...service, alias: 'b', revision_tag: '1.0.0' })
      expect(await follow({ ...some, c: '1.0.0' })).toMatchObject({
        parts: { changed: { 'alias set': 1 }, kept: { 'alias set': 1 } },
      })
      await follow({ a: '1.0.0', b: '1.0.0' })
      expect(await follow({ ...some, c: '1.0.0' })).toMatchObject({
        parts: { changed: { 'alias set': 1 }, kept: { 'alias set': 1 } },
      })
    }),
  )

  test(
    'keeps a revision that a pipeline has registered here, with the is_default that it gave, and does not refuse it',
    run(async (store, api) => {
      await importText(store, dumped('1.0.0', true))
      await api.call('register', { ...service, revision_tag: '1.1.0', is_default: true })
      await api.call('register', { ...service, revision_tag: '1.2.0', is_default: false })
      const here = await exportText(store)
      const dump = [dumped('1.0.0', false), dumped('1.1.0', true), dumped('1.2.0', false)]
      expect(await importText(store, dump.join('\n'))).toMatchObject({
        ...{ alreadyThere: 1, refused: 0, added: 0, changed: 0 },
        parts: { kept: { registration: 2 } },
      })
      expect(await exportText(store)).toEqual(here)
    }),
  )

  test(
    'follows the default of a dump, which may be another revision, none, or not in the dump',
    run(async (store) => {
      const defaultAfter = async (...dump: readonly string[]) => {
        const { parts } = await importText(store, dump.join('\n'))
        const [last = ''] = (await exportText(store)).slice(-1)
        return [JSON.parse(last).default_revision_tag, parts.changed]
      }
      expect(await defaultAfter(dumped('1.0.0', true), dumped('1.1.0', false))).toEqual(['1.0.0', {}])
      expect(await defaultAfter(dumped('1.0.0', false), dumped('1.1.0', true))).toEqual(['1.1.0', { default: 1 }])
      expect(await defaultAfter(dumped('1.0.0', false))).toEqual(['1.1.0', {}])
      expect(await defaultAfter(dumped('1.2.0', false))).toEqual(['1.1.0', {}])
      expect(await defaultAfter(dumped('1.0.0', false), dumped('1.1.0', false))).toEqual([null, { default: 1 }])
    }),
  )

  test(
    'of a dump leaves the information and the state of a revision as another import has set them',
    run(async (store) => {
      await importText(
        store,
        [
          revision('1.0.0', { registered_by: 'django-twined', labels: { a: 'b' }, registered: {} }),
          settings(null),
        ].join('\n'),
      )
      expect(await importText(store, dumped('1.0.0', false))).toMatchObject({ alreadyThere: 1 })
    }),
  )

  test(
    'of a dump leaves the content that a pipeline has registered here, because a dump says nothing about it',
    run(async (store, api) => {
      const endpoints = [{ protocol: 'grpc', uri: 'https://a.example' }]
      await api.call('register', { ...service, revision_tag: '1.0.0', endpoints, labels: { tier: 'web' } })
      const here = await exportText(store)
      expect(await importText(store, dumped('1.0.0', true))).toMatchObject({
        refusals: [],
        parts: { changed: {}, kept: { registration: 1 } },
      })
      expect(await exportText(store)).toEqual(here)
    }),
  )

  test(
    'refuses a record that brings back a revision that an import deleted, or that was registered with other content',
    run(async (store) => {
      await importText(store, [revision('1.0.0', { state: 'DELETED' }), revision('1.1.0')].join('\n'))
      const { refusals } = await importText(
        store,
        [revision('1.0.0'), revision('1.1.0', { description: 'b' })].join('\n'),
      )
      expect(refusals).toEqual([
        '1: my-org/my-service:1.0.0 is deleted, and a deleted tag is never registered again; import the record under another revision tag.',
        '2: my-org/my-service:1.1.0 is registered with other content (description differs); import the record under another revision tag.',
      ])
    }),
  )

  test(
    'leaves a deleted revision as it is, because no change can follow a deletion',
    run(async (store, _, location) => {
      const gone = { state: 'DELETED', registered: {} }
      await importText(store, [revision('1.0.0', { ...gone, description: 'a' }), revision('1.1.0')].join('\n'))
      expect(await importText(store, revision('1.0.0', { ...gone, description: 'b' }))).toMatchObject({
        ...{ changed: 0, refused: 0, parts: { kept: { information: 1 } } },
        kept: ['my-org/my-service:1.0.0 stays as it is, because it is deleted here'],
      })
      expect(await problemsIn(location)).toEqual([])
    }),
  )

  test(
    'refuses the later of two records that say different things, because each import would change the state again',
    run(async (store) => {
      const input = [
        revision('1.0.0', { state: 'YANKED' }),
        revision('1.0.0'),
        revision('1.1.0', { is_default: true }),
        revision('1.1.0', { is_default: true }),
        settings('1.1.0', { beta: '1.1.0' }),
        settings('1.1.0', { beta: '1.0.0' }),
        settings(null, { beta: '1.1.0' }),
        settings('1.1.0', { beta: '1.1.0' }),
        settings('1.1.0').replace('[]', JSON.stringify(Array(2).fill({ alias: 'beta', revision_tag: '1.0.0' }))),
      ].join('\n')
      const refusals = [
        '2: my-org/my-service:1.0.0 has other values in record 1 of the input; remove one of the two records.',
        '6: my-org/my-service has other values in record 5 of the input; remove one of the two records.',
        '7: my-org/my-service has other values in record 5 of the input; remove one of the two records.',
        '9: aliases has alias "beta" twice; remove one of the two.',
      ]
      const first = await importText(store, input)
      expect({ ...first, refusals: first.refusals.toSorted() }).toMatchObject({ refusals, added: 4, changed: 0 })
      expect(await importText(store, input)).toMatchObject({ refused: 4, alreadyThere: 5, changed: 0 })
    }),
  )

  test(
    'that is only tried has the same result, and stores nothing',
    run(async (store) => {
      await importText(store, before.join('\n'))
      const stored = await exportText(store)
      const after = [
        revision('1.0.0', { state: 'YANKED' }),
        revision('1.1.0', { state: 'YANKED', yank: { reason: 'bad' } }),
        revision('1.2.0', { is_default: true }),
        revision('-'),
        settings('1.2.0', { beta: '1.2.0' }),
      ].join('\n')
      const storage = await sqliteStorage()
      const copy = await openStore(parseStore(storage.location))
      const tried = await importText(Object.assign(rehearse(store, copy), { form: 3 }) as UpgradableStore, after)
      await copy.close()
      await storage.remove()
      expect(await exportText(store)).toEqual(stored)
      expect(await importText(store, after)).toEqual(tried)
      expect(tried).toMatchObject({ added: 1, changed: 3, refused: 1 })
    }),
  )
})
