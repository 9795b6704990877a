import { expect, test } from 'vitest'
import { defaultEntry } from '../../src/domain/entries/new-entry.ts'
import { withDefault } from '../../src/domain/head.ts'
import type { FullHeadSnapshot } from '../../src/domain/log.ts'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import type { UpgradableStore } from '../../src/store/forms/upgradable-store.ts'
import { type Store, theDefault } from '../../src/store/store.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { sqliteStorage } from '../support/storage.ts'
import { exportState, exportText, importText, withStore } from './support.ts'

const TIME = '2024-05-06T07:08:09.123Z'

const revision = (name: string, tag: string, more: object = {}) =>
  JSON.stringify({
    kind: 'revision',
    ...{ namespace: 'my-org', name, revision_tag: tag, is_default: false, requested_default: null },
    ...{ register_time: TIME, registered_by: 'somebody', ...more },
  })

const everything = [
  revision('full', '1.0.0', { requested_default: true, state: 'DELETED' }),
  revision('full', '1.2.0', {
    labels: { 'example.com/region': 'eu', tier: 'web' },
    endpoints: [
      { protocol: 'grpc', uri: 'https://a.example:1', metadata: { a: 'b' } },
      { protocol: 'x', uri: 'dns:y' },
    ],
    description: 'Two\nlines',
    documentation_uri: 'https://docs.example.com/full',
    source: { repository: 'https://git.example', commit: 'abc', image_digest: 'sha256:ab' },
    registered: { description: 'One line' },
  }),
  revision('full', '1.3.0', {
    is_default: true,
    state: 'DEPRECATED',
    deprecation: { message: 'slow', replacement: '1.2.0' },
  }),
  revision('full', '2.0.0', { requested_default: false, state: 'YANKED', yank: { reason: 'bad' } }),
  revision('full', '2.1.0', {
    state: 'YANKED',
    ...{ yank: { reason: 'worse' }, deprecation: { message: 'use 1.3.0', replacement: '1.3.0' } },
  }),
  JSON.stringify({
    kind: 'service',
    ...{ namespace: 'my-org', name: 'full', default_revision_tag: '1.3.0' },
    default_rule: { by: 'hand', reason: 'because', actor: 'somebody', time: TIME },
    aliases: [
      { alias: 'production', revision_tag: '2.0.0' },
      { alias: 'stable', revision_tag: '1.3.0', follows: '^1', include_prerelease: false },
    ],
    rollout: {
      candidates: [
        {
          ...{ revision_tag: '1.2.0', weight: 12_000, pinned_keys: ['tester-1', 'schlüssel 🔑'] },
          buckets: [
            { from: 0, to: 10_000 },
            { from: 50_000, to: 52_000 },
          ],
        },
        { revision_tag: '2.0.0', weight: 1, buckets: [{ from: 10_000, to: 10_001 }], held: true },
      ],
      ...{ salt: 's1', reason: 'to compare', start_time: TIME, update_time: '2024-05-07T07:08:09.123Z' },
    },
  }),
]

const logLength = async (store: Store, name = 'full') =>
  (await store.readLog(parseServiceReference(`my-org/${name}`).service, { after: 0, limit: 1_000 })).length

describeOnEachStore('importing and exporting', (createStorage) => {
  const run = (use: (store: UpgradableStore) => Promise<void>) => () => withStore(createStorage, use)

  test(
    'records that are imported are exported with the same text',
    run(async (store) => {
      expect(await importText(store, everything.join('\n'))).toMatchObject({ added: 6, refused: 0, refusals: [] })
      expect(await exportState(store)).toEqual(everything)
    }),
  )

  test(
    'a second import of the same records changes nothing',
    run(async (store) => {
      await importText(store, everything.join('\n'))
      const before = await logLength(store)
      expect(await importText(store, everything.join('\n'))).toMatchObject({ added: 0, alreadyThere: 6, refused: 0 })
      expect(await logLength(store)).toBe(before)
    }),
  )

  test(
    'an import that was interrupted can be run again and adds only the missing records',
    run(async (store) => {
      await importText(store, everything.slice(0, 2).join('\n'))
      expect(await importText(store, everything.join('\n'))).toMatchObject({ added: 3, changed: 1, alreadyThere: 2 })
      expect(await exportState(store)).toEqual(everything)
    }),
  )

  test(
    'a dump of django-twined keeps its times and defaults, and records of other models are skipped',
    run(async (store) => {
      const dump = [
        { model: 'auth.user', pk: 1, fields: { username: 'somebody' } },
        ...[
          ['1.0.0', true],
          ['1.1.0', false],
        ].map(([tag, isDefault]) => ({
          model: 'django_twined.servicerevision',
          pk: `${tag}`,
          fields: { namespace: 'my-org', name: 'full', tag, is_default: isDefault, created: TIME, project_name: 'x' },
        })),
      ]
      const expected = { added: 2, alreadyThere: 0, skipped: 1, refused: 0 }
      expect(await importText(store, JSON.stringify(dump))).toMatchObject(expected)
      expect(await importText(store, dump.map((record) => JSON.stringify(record)).join('\n'))).toMatchObject({
        added: 0,
        alreadyThere: 2,
      })
      const found = await store.lookup(parseServiceReference('my-org/full').service, theDefault)
      expect(found?.revision).toMatchObject({
        revisionTag: '1.0.0',
        registeredAt: Date.parse(TIME),
        requestedDefault: null,
      })
    }),
  )

  test(
    'each refused record is reported with its line, and the other records are imported',
    run(async (store) => {
      const records = [
        revision('full', '1.0.0'),
        'not JSON',
        revision('Full', '1.0.0'),
        revision('full', '1.0.0', { description: 'another' }),
        revision('full', '1.1.0', { register_time: 'yesterday' }),
        revision('full', '1.2.0', { labels: { tier: '-' } }),
        revision('full', '1.3.0', { endpoints: 'here' }),
        revision('full', '1.4.0', { state: 'GONE' }),
        '{"kind":"alias"}',
        '[]',
        '{"kind":"service","namespace":"my-org","name":"nothing","aliases":[]}',
        revision('full', '1.4.1', { register_time: '2026-02-30T00:00:00Z' }),
        revision('full', '1.4.2', { register_time: '9999-12-31T23:59:59-23:59' }),
        revision('full', '1.4.3', { endpoints: [{ uri: 'dns:y' }] }),
        revision('full', '1.4.4', { documentation_uri: 'http://docs.example.com' }),
        revision('full', '1.5.0', { is_default: true, state: 'YANKED' }),
        revision('full', '1.6.0', { is_default: true, state: 'DELETED' }),
        revision('full', '2.0.0'),
      ]
      const { refusals, ...counts } = await importText(store, records.join('\n'))
      expect(counts).toMatchObject({ added: 2, changed: 0, alreadyThere: 0, skipped: 0, refused: 16 })
      const reasons = [
        /JSON/,
        /^name "Full" is not valid/,
        /registered with other content/,
        /^register_time "yesterday"/,
        /^labels has the value "-"/,
        /^endpoints is "here"; use a list/,
        /^state is "GONE"; use "ACTIVE"/,
        /^kind is "alias"; use "revision"/,
        /^record is a list; use a JSON object\.$/,
        /^my-org\/nothing does not exist; import its revisions first\.$/,
        /^register_time "2026-02-30/,
        /^register_time "9999-12-31/,
        /^endpoints\[0\]\.protocol "" is not valid/,
        /^documentation_uri "http:/,
        /^is_default is true and state is "YANKED"; use false/,
        /^is_default is true and state is "DELETED"; use false/,
      ]
      const sorted = refusals.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
      expect(sorted.map((text) => text.split(':')[0])).toEqual(withLines(2, 17))
      for (const [index, reason] of reasons.entries()) expect(sorted[index]?.replace(/^\d+: /, '')).toMatch(reason)
    }),
  )

  test(
    'an imported alias never points to a missing revision, and an imported range alias follows the revisions that exist',
    run(async (store) => {
      const aliases = [
        { alias: 'nowhere', revision_tag: '9.9.9' },
        { alias: 'deleted', revision_tag: '1.1.0' },
        { alias: 'stable', revision_tag: '9.9.9', follows: '^1', include_prerelease: false },
        { alias: 'next', revision_tag: '9.9.9', follows: '^2', include_prerelease: false },
      ]
      const records = [
        revision('full', '1.0.0'),
        revision('full', '1.1.0', { state: 'DELETED' }),
        revision('full', '1.2.0', { state: 'YANKED' }),
        JSON.stringify({ kind: 'service', namespace: 'my-org', name: 'full', aliases }),
      ]
      const { refusals, added } = await importText(store, records.join('\n'))
      expect([added, refusals]).toEqual([
        3,
        [
          '4: alias "nowhere" of my-org/full points to "9.9.9", which does not exist; point it to a revision of the service. ' +
            'alias "deleted" of my-org/full points to "1.1.0", which does not exist; point it to a revision of the service.',
        ],
      ])
      const found = await store.readHead(parseServiceReference('my-org/full').service)
      expect(found?.head.aliases.map(({ name, tag }) => [name, tag])).toEqual([
        ['next', null],
        ['stable', '1.0.0'],
      ])
    }),
  )

  test(
    'the default in a service record is applied after the defaults in its revision records',
    run(async (store) => {
      const says = (name: string, tag: string | null) =>
        JSON.stringify({ kind: 'service', namespace: 'my-org', name, default_revision_tag: tag })
      const revisions = (name: string) => [
        revision(name, '1.0.0'),
        revision(name, '1.1.0', { is_default: true }),
        revision(name, '1.2.0', { state: 'YANKED' }),
      ]
      const records = [
        ...[...revisions('moved'), says('moved', '1.0.0'), ...revisions('cleared'), says('cleared', null)],
        ...[...revisions('unfit'), says('unfit', '1.2.0')],
      ]
      const { refusals } = await importText(store, records.join('\n'))
      expect(refusals).toEqual([
        '12: "1.2.0" cannot be the default of my-org/unfit; choose a revision that exists and is not yanked.',
      ])
      const defaultOf = async (name: string) =>
        (await store.lookup(parseServiceReference(`my-org/${name}`).service, theDefault))?.revision?.revisionTag
      expect(await Promise.all(['moved', 'cleared', 'unfit'].map(defaultOf))).toEqual(['1.0.0', undefined, '1.1.0'])
    }),
  )

  test(
    'an import keeps a default that was set by hand, and sets the default of a service that has none',
    run(async (store) => {
      const says = (name: string, tag: string) =>
        JSON.stringify({ kind: 'service', namespace: 'my-org', name, default_revision_tag: tag })
      await importText(store, [revision('hand', '1.0.0'), revision('none', '1.0.0'), says('none', '1.0.0')].join('\n'))
      const { service } = parseServiceReference('my-org/hand')
      const newest = (await store.readHead(service)) as FullHeadSnapshot
      const rule = { by: 'hand', policy: null, reason: '', actor: 'somebody', time: 1 } as const
      const cleared = withDefault(newest.head, null, rule)
      const change = { service, event: 'default-cleared', head: cleared } as const
      await store.append(defaultEntry(newest, change, { id: 'by-hand', principal: { name: 'somebody' }, now: 1 }))
      await importText(store, [revision('hand', '1.1.0', { is_default: true }), says('hand', '1.0.0')].join('\n'))
      expect((await store.lookup(service, theDefault))?.head.defaultTag).toBeNull()
      expect((await store.lookup(parseServiceReference('my-org/none').service, theDefault))?.head.defaultTag).toBe(
        '1.0.0',
      )
    }),
  )

  test(
    'an import of records of several services keeps the order within each service',
    run(async (store) => {
      const records = ['1.0.0', '1.2.0', '1.1.0'].flatMap((tag) => ['b', 'a'].map((name) => revision(name, tag)))
      await importText(store, records.join('\n'))
      for (const name of ['a', 'b']) {
        const log = await store.readLog(parseServiceReference(`my-org/${name}`).service, { after: 0, limit: 10 })
        expect(log.map((entry) => entry.revision?.revisionTag)).toEqual(['1.0.0', '1.2.0', '1.1.0'])
      }
    }),
  )

  test(
    'an import appends revisions in the order of registration, and then the records of their service',
    run(async (store) => {
      const at = (tag: string, register_time: string) => revision('full', tag, { register_time })
      const aliases = [{ alias: 'production', revision_tag: '1.0.0' }]
      const records = [
        JSON.stringify({ kind: 'service', namespace: 'my-org', name: 'full', aliases }),
        at('2.0.0', '2024-01-03T00:00:00Z'),
        at('1.0.0', '2024-01-01T00:00:00Z'),
        at('1.1.0', '2024-01-02T00:00:00Z'),
      ]
      expect(await importText(store, records.join('\n'))).toMatchObject({ added: 4, refused: 0 })
      const log = await store.readLog(parseServiceReference('my-org/full').service, { after: 0, limit: 10 })
      expect(log.map((entry) => entry.revision?.revisionTag ?? entry.alias)).toEqual([
        '1.0.0',
        '1.1.0',
        '2.0.0',
        'production',
      ])
    }),
  )

  test(
    'an import and another writer of the same service both store all of their revisions',
    run(async (store) => {
      const other = withTags(20, (index) => revision('full', `9.${index}.0`))
      const ours = withTags(50, (index) => revision('full', `1.${index}.0`))
      const counts = await Promise.all([importText(store, ours), importText(store, other)])
      expect(counts.map(({ added }) => added)).toEqual([50, 20])
      expect(await logLength(store)).toBe(70)
    }),
  )
})

test('an export that is imported into another store is exported from there unchanged', async () => {
  await withStore(sqliteStorage, async (first) => {
    await importText(first, everything.join('\n'))
    await withStore(sqliteStorage, async (second) => {
      await importText(second, (await exportText(first)).join('\n'))
      expect(await exportState(second)).toEqual(everything)
    })
  })
})

function withLines(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index))
}

function withTags(count: number, toLine: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => toLine(index)).join('\n')
}
