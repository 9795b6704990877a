import { describe, expect, test } from 'vitest'
import type { Alias, AliasName } from '../../../src/domain/alias.ts'
import { emptyHead, type FullHead } from '../../../src/domain/head.ts'
import { differencesOf, headDifferences, type RecordedChange } from '../../../src/domain/history/differences.ts'
import { active, deleted, type Lifecycle } from '../../../src/domain/lifecycle.ts'
import type { FullRevision } from '../../../src/domain/log.ts'
import { type GivenInfo, parseInfo } from '../../../src/domain/revision-info.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import type { Candidate, Rollout } from '../../../src/domain/rollout/rollout.ts'

const tagOf = (text: string) => text as RevisionTag

function alias(name: string, tag: string | null, range?: string, includePrerelease = false): Alias {
  const follows = range === undefined ? null : { range, includePrerelease }
  return {
    name: name as AliasName,
    tag: tag === null ? null : tagOf(tag),
    follows,
    etag: `of ${tag}`,
    isImported: false,
  }
}

function candidate(tag: string, weight: number, others: Partial<Candidate> = {}): Candidate {
  return { tag: tagOf(tag), weight, pinnedKeys: [], buckets: [], isHeld: false, ...others }
}

function rollout(candidates: readonly Candidate[], others: Partial<Rollout> = {}): Rollout {
  return { candidates, salt: 'salt-1', reason: '', startTime: 1, updateTime: 1, setAt: 1, ...others }
}

function head(changed: Partial<FullHead>): FullHead {
  return { ...emptyHead, ...changed }
}

const serviceCases: readonly [string, Partial<FullHead>, Partial<FullHead>, readonly (readonly (string | null)[])[]][] =
  [
    ['the same state', { defaultTag: tagOf('1.0.0') }, { defaultTag: tagOf('1.0.0') }, []],
    ['a first default', {}, { defaultTag: tagOf('1.0.0') }, [['default', null, '1.0.0']]],
    [
      'another default',
      { defaultTag: tagOf('1.0.0') },
      { defaultTag: tagOf('2.0.0') },
      [['default', '1.0.0', '2.0.0']],
    ],
    ['no default any more', { defaultTag: tagOf('1.0.0') }, {}, [['default', '1.0.0', null]]],
    [
      'other highest versions',
      { highestSemver: tagOf('2.0.0-rc.1'), highestRelease: tagOf('1.0.0') },
      { highestSemver: tagOf('2.0.0'), highestRelease: tagOf('2.0.0') },
      [
        ['highest_version', '2.0.0-rc.1', '2.0.0'],
        ['highest_release', '1.0.0', '2.0.0'],
      ],
    ],
    [
      'a new fixed alias',
      { aliases: [alias('beta', '1.0.0')] },
      { aliases: [alias('beta', '1.0.0'), alias('stable', '1.0.0')] },
      [['aliases.stable', null, '1.0.0']],
    ],
    ['an alias that is gone', { aliases: [alias('beta', '1.0.0')] }, {}, [['aliases.beta', '1.0.0', null]]],
    [
      'two aliases that move, in the order of their names',
      { aliases: [alias('a', '1.0.0', '*'), alias('b', '1.0.0', '^1')] },
      { aliases: [alias('a', '1.1.0', '*'), alias('b', '1.1.0', '^1')] },
      [
        ['aliases.a', '* → 1.0.0', '* → 1.1.0'],
        ['aliases.b', '^1 → 1.0.0', '^1 → 1.1.0'],
      ],
    ],
    [
      'an alias that follows a range with pre-releases and finds nothing',
      { aliases: [alias('beta', '1.0.0')] },
      { aliases: [alias('beta', null, '^2', true)] },
      [['aliases.beta', '1.0.0', '^2 with pre-releases → no revision']],
    ],
    [
      'an alias with another etag only',
      { aliases: [alias('beta', '1.0.0')] },
      { aliases: [{ ...alias('beta', '1.0.0'), etag: 'another' }] },
      [],
    ],
    [
      'a rollout that begins',
      {},
      { rollout: rollout([candidate('2.0.0', 10_000)]) },
      [['rollout.2.0.0', null, '10 %']],
    ],
    [
      'a rollout that ends',
      { rollout: rollout([candidate('2.0.0', 500), candidate('3.0.0', 0)]) },
      {},
      [
        ['rollout.2.0.0', '0.5 %', null],
        ['rollout.3.0.0', '0 %', null],
      ],
    ],
    [
      'a candidate with another weight, and one that stays',
      { rollout: rollout([candidate('2.0.0', 10_000), candidate('3.0.0', 1_000)]) },
      { rollout: rollout([candidate('2.0.0', 12_345), candidate('3.0.0', 1_000)], { updateTime: 9, reason: 'more' }) },
      [['rollout.2.0.0', '10 %', '12.345 %']],
    ],
    [
      'a candidate that is held',
      { rollout: rollout([candidate('2.0.0', 10_000)]) },
      { rollout: rollout([candidate('2.0.0', 10_000, { isHeld: true })]) },
      [['rollout.2.0.0', '10 %', '10 % (held)']],
    ],
    [
      'a candidate with a pinned key',
      { rollout: rollout([candidate('2.0.0', 10_000)]) },
      { rollout: rollout([candidate('2.0.0', 10_000, { pinnedKeys: ['user-1'] })]) },
      [['rollout.2.0.0', '10 %', '10 % and 1 pinned key']],
    ],
    [
      'a candidate with another pinned key, whose text does not name it',
      { rollout: rollout([candidate('2.0.0', 0, { pinnedKeys: ['user-1', 'user-2'] })]) },
      { rollout: rollout([candidate('2.0.0', 0, { pinnedKeys: ['user-1', 'user-3'] })]) },
      [['rollout.2.0.0', '0 % and 2 pinned keys', '0 % and 2 other pinned keys']],
    ],
    [
      'a rollout with another salt',
      { rollout: rollout([candidate('2.0.0', 1_000)]) },
      { rollout: rollout([candidate('2.0.0', 1_000)], { salt: 'salt-2' }) },
      [['rollout_salt', 'salt-1', 'salt-2']],
    ],
  ]

describe('the differences between two states of a service', () => {
  test.for(serviceCases)('the differences of %s are named', ([, before, after, expected]) => {
    const found = headDifferences(head(before), head(after))
    expect(found.map((each) => [each.field, each.before, each.after])).toEqual(expected)
  })
})

interface State {
  readonly given?: GivenInfo
  readonly lifecycle?: Lifecycle
  readonly requestedDefault?: boolean
}

function revision({ given = {}, lifecycle = active, requestedDefault }: State): FullRevision {
  const info = parseInfo(given)
  return {
    ...{ namespace: 'my-org', name: 'my-service', revisionTag: tagOf('1.0.0') },
    ...{ requestedDefault: requestedDefault ?? null, registeredAt: 1, registeredBy: 'somebody', ordinal: 1 },
    ...{ info, infoPlace: { generation: 1, changed: {} }, registeredInfo: null, lifecycle },
    ...{ writtenBy: 'api', etag: 'an-etag' },
  } as FullRevision
}

function change(before: State | null, after: State): RecordedChange {
  const entry = { event: 'revision-updated', revision: revision(after), head: emptyHead, alias: null }
  return { entry, before: { head: emptyHead, revision: before && revision(before) } } as unknown as RecordedChange
}

const yanked = (reason: string): Lifecycle => ({ ...active, yank: { reason } })
const deprecated = (message: string, replacement: string | null): Lifecycle => ({
  ...active,
  deprecation: { message, replacement: replacement === null ? null : tagOf(replacement) } as Lifecycle['deprecation'],
})

const revisionCases: readonly [string, State | null, State, readonly (readonly (string | null)[])[]][] = [
  ['a registration', null, {}, [['state', null, 'active']]],
  [
    'a registration with is_default and information',
    null,
    { requestedDefault: false, given: { labels: { tier: 'web', empty: '' }, description: 'A service.' } },
    [
      ['is_default', null, 'false'],
      ['state', null, 'active'],
      ['labels.empty', null, ''],
      ['labels.tier', null, 'web'],
      ['description', null, 'A service.'],
    ],
  ],
  [
    'a registration of a yanked revision, as an import makes it',
    null,
    { lifecycle: yanked('it loses data') },
    [
      ['state', null, 'yanked'],
      ['yank', null, 'it loses data'],
    ],
  ],
  ['a change of nothing', { given: { labels: { tier: 'web' } } }, { given: { labels: { tier: 'web' } } }, []],
  [
    'labels that come, go and change',
    { given: { labels: { a: '1', b: '2', c: '3' } } },
    { given: { labels: { b: '2', c: '4', d: '5' } } },
    [
      ['labels.a', '1', null],
      ['labels.c', '3', '4'],
      ['labels.d', null, '5'],
    ],
  ],
  [
    'endpoints',
    { given: { endpoints: [{ protocol: 'grpc', uri: 'https://a.example.com' }] } },
    {
      given: {
        endpoints: [
          { protocol: 'grpc', uri: 'https://a.example.com', metadata: { region: 'eu' } },
          { protocol: 'https', uri: 'https://b.example.com' },
        ],
      },
    },
    [
      [
        'endpoints',
        'grpc https://a.example.com',
        'grpc https://a.example.com {"region":"eu"}, https https://b.example.com',
      ],
    ],
  ],
  [
    'every part of the source, and the documentation',
    {},
    {
      given: {
        source: { repository: 'https://example.com/r', commit: 'abc', imageDigest: 'sha256:0a1b2c' },
        documentationUri: 'https://docs.example.com',
      },
    },
    [
      ['source.repository', null, 'https://example.com/r'],
      ['source.commit', null, 'abc'],
      ['source.image_digest', null, 'sha256:0a1b2c'],
      ['documentation_uri', null, 'https://docs.example.com'],
    ],
  ],
  [
    'a yank without a reason',
    {},
    { lifecycle: yanked('') },
    [
      ['state', 'active', 'yanked'],
      ['yank', null, 'without a reason'],
    ],
  ],
  ['another reason of a yank', { lifecycle: yanked('a') }, { lifecycle: yanked('b') }, [['yank', 'a', 'b']]],
  [
    'a deprecation of a yanked revision, whose state stays',
    { lifecycle: yanked('a') },
    { lifecycle: { ...yanked('a'), deprecation: { message: '', replacement: null } } },
    [['deprecation', null, 'without a message']],
  ],
  [
    'a deprecation with a message and a replacement',
    { lifecycle: deprecated('', '2.0.0') },
    { lifecycle: deprecated('too slow', '2.0.0') },
    [['deprecation', 'use 2.0.0', 'too slow (use 2.0.0)']],
  ],
  [
    'a deprecation that ends',
    { lifecycle: deprecated('too slow', null) },
    {},
    [
      ['state', 'deprecated', 'active'],
      ['deprecation', 'too slow', null],
    ],
  ],
  [
    'a deletion',
    { lifecycle: yanked('it loses data') },
    { lifecycle: deleted },
    [
      ['state', 'yanked', 'deleted'],
      ['yank', 'it loses data', null],
    ],
  ],
]

describe('the differences of a change of a revision', () => {
  test.for(revisionCases)('the differences of %s are named', ([, before, after, expected]) => {
    const found = differencesOf(change(before, after))
    expect(found.map((each) => [each.field, each.before, each.after])).toEqual(expected)
  })

  test('the differences of the service come before those of the revision', () => {
    const { entry, before } = change(null, {})
    const changed = { ...entry, head: head({ defaultTag: tagOf('1.0.0'), highestSemver: tagOf('1.0.0') }) }
    const fields = differencesOf({ entry: changed, before } as RecordedChange).map(({ field }) => field)
    expect(fields).toEqual(['default', 'highest_version', 'state'])
  })

  test('an entry of an older form about the default has no differences of the copy of a revision in it', () => {
    const { entry, before } = change(null, {})
    expect(differencesOf({ entry: { ...entry, event: 'default-set' }, before } as RecordedChange)).toEqual([])
  })
})
