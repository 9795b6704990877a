import { expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { expectRefusal, refusalOfName } from '../support/refusals.ts'
import { wholeState } from './state.ts'

interface Row {
  readonly method: Method
  readonly request: Fields
  readonly reason: string
  /** The field of the error. Its message contains the value and the rule. */
  readonly field: string
  readonly message: RegExp
  readonly why: string
}

const endpoint = { protocol: 'grpc', uri: 'https://a.example' }
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'x']))
const at = (path: string) => path.replaceAll(/[[\].]/g, '\\$&')

const range = (version_range: string, message: RegExp, why: string): Row[] => [
  { method: 'get', request: { version_range }, reason: 'INVALID_VERSION_RANGE', field: 'version_range', message, why },
  {
    method: 'setAlias',
    request: { alias: 'beta', follows: version_range },
    ...{ reason: 'INVALID_VERSION_RANGE', field: 'follows', message, why },
  },
]

const alias = (name: string, why: string): Row[] =>
  (['get', 'setAlias', 'deleteAlias'] as const).map((method) => ({
    method,
    request: { alias: name, ...(method === 'setAlias' && { revision_tag: '1.0.0' }) },
    ...{
      reason: 'INVALID_ALIAS',
      field: 'alias',
      message: /; use lower kebab case, such as "beta", of 1 to 63 characters/,
      why,
    },
  }))

const selector = (label_selector: string, why: string): Row[] =>
  (['get', 'listRevisions'] as const).map((method) => ({
    ...{ method, request: { label_selector }, reason: 'INVALID_LABEL_SELECTOR', field: 'label_selector' },
    ...{ message: /label_selector (".*; use requirements such as .* of|has 1025 characters; use) at most 1024/, why },
  }))

// These fields are the same in a registration and an update.
const information = (request: Fields, reason: string, field: string, message: RegExp, why: string): Row[] => [
  { method: 'register', request: { revision_tag: '9.0.0', ...request }, reason, field, message, why },
  { method: 'updateRevision', request: { revision_tag: '1.0.0', ...request }, reason, field, message, why },
]

const labels = (given: Fields, message: RegExp, why: string) =>
  information({ labels: given }, 'INVALID_LABELS', 'labels', message, why)

const endpoints = (given: readonly Fields[], path: string, allowed: string, why: string) =>
  information({ endpoints: given }, 'INVALID_ENDPOINTS', path, new RegExp(`${at(path)}.*; use ${allowed}`), why)

const source = (given: Fields, field: string, message: RegExp, why: string): Row => ({
  method: 'register',
  request: { revision_tag: '9.0.0', source: given },
  ...{ reason: 'INVALID_SOURCE', field, message, why },
})

const reason = (method: Method, request: Fields, field = 'reason'): Row => ({
  method,
  request: { ...request, [field]: 'x'.repeat(1025) },
  ...{
    reason: 'INVALID_REASON',
    field,
    message: new RegExp(`${field} has 1025 characters; use at most 1024`),
  },
  why: 'one character too many',
})

const conflict = (request: Fields, why: string, method: Method = 'get'): Row[] =>
  Object.keys(request)
    .filter((field) => field !== 'alias' || method === 'get')
    .map((field) => ({
      ...{ method, request, reason: 'CONFLICTING_SELECTORS', field, why },
      message: new RegExp(`${field} ".*give at most one of revision_tag, `),
    }))

// There is one bad value for each field. The tables of the grammars and bounds are in test/domain.
const rows: readonly Row[] = [
  ...conflict({ revision_tag: '1.0.0', version_range: '^1' }, 'a tag and a range'),
  ...conflict({ revision_tag: '1.0.0', alias: 'pinned' }, 'a tag and an alias'),
  ...conflict({ version_range: '^1', alias: 'pinned' }, 'a range and an alias'),
  ...conflict({ revision_tag: '1.0.0', version_range: '^1', alias: 'pinned' }, 'all three'),
  ...conflict({ alias: 'beta', revision_tag: '1.0.0', follows: '^1' }, 'an alias that stays and follows', 'setAlias'),
  {
    method: 'setAlias',
    request: { alias: 'beta' },
    ...{ reason: 'CONFLICTING_SELECTORS', field: 'revision_tag', message: /^revision_tag and follows are missing; / },
    why: 'an alias of nothing',
  },

  ...range('>>1', />>1.*; use a range of semantic versions, such as/, 'two operators'),

  ...alias('default', 'a word that has a meaning'),

  ...selector('=web', 'no name'),

  ...labels(many(65), /labels has 65 entries; use at most 64/, '65 labels'),
  ...labels({ '-a': 'x' }, /labels has the name "-a"; use 1 to 63 /, 'a name that begins with a hyphen'),
  ...labels({ a: 'x y' }, /the value "x y" for "a"; use no value, or /, 'a space in a value'),

  ...endpoints(Array(17).fill(endpoint), 'endpoints', 'at most 16', '17 endpoints'),
  ...endpoints([endpoint, { ...endpoint, protocol: '' }], 'endpoints[1].protocol', '1 to 63', 'no protocol'),
  ...endpoints([{ ...endpoint, uri: '' }], 'endpoints[0].uri', 'a URI', 'no URI'),
  ...endpoints([{ ...endpoint, uri: 'file:///a' }], 'endpoints[0].uri', 'one of amqp,', 'a scheme that is not allowed'),
  ...endpoints([{ ...endpoint, metadata: many(33) }], 'endpoints[0].metadata', 'at most 32', '33 entries'),

  ...information(
    { description: 'x'.repeat(4097) },
    ...(['INVALID_DESCRIPTION', 'description', /description has 4097 characters; use at most 4096/] as const),
    'one character too many',
  ),
  ...information(
    { documentation_uri: 'http://docs.example.com' },
    ...(['INVALID_INFORMATION', 'documentation_uri', /"http:\/\/docs\.example\.com".*https/] as const),
    'a URI that is not https',
  ),
  ...(
    [
      [{ set_labels: { '-a': 'x' } }, 'set_labels', /set_labels has the name "-a"/, 'a bad name to set'],
      [{ remove_labels: ['-a'] }, 'remove_labels', /remove_labels .*"-a"/, 'a bad name to remove'],
      [{ set_labels: { a: 'x' }, remove_labels: ['a'] }, 'remove_labels', /both name "a"/, 'a label set and removed'],
      [{ labels: { a: 'x' }, remove_labels: ['b'] }, 'labels', /labels replaces all labels/, 'two ways'],
    ] as const
  ).map(([given, field, message, why]) => ({
    ...{ method: 'updateRevision' as const, request: { revision_tag: '1.0.0', ...given } },
    ...{ reason: 'INVALID_LABELS', field, message, why },
  })),
  source({ repository: 'x'.repeat(2049) }, 'source.repository', /2049 .*at most 2048/, 'one character too many'),
  source({ commit: 'x'.repeat(129) }, 'source.commit', /129 .*at most 128/, 'one character too many'),
  source({ image_digest: '0a1b' }, 'source.image_digest', /"0a1b".*; use a digest with its algorithm/, 'no algorithm'),

  reason('setDefault', { revision_tag: '1.0.0' }),
  reason('clearDefault', {}),
  reason('yank', { revision_tag: '1.0.0' }),
  reason('deprecate', { revision_tag: '1.0.0' }, 'message'),

  ...['source', 'revision_tag', 'labels.tier', 'nonsense'].map((update_mask) => ({
    method: 'updateRevision' as const,
    request: { revision_tag: '1.0.0', update_mask: update_mask.replace('_t', 'T'), description: 'new' },
    ...{ reason: 'INVALID_UPDATE_MASK', field: 'update_mask' },
    message: new RegExp(`"${at(update_mask)}"; name labels, endpoints, description, documentation_uri, or \\*`),
    why: `${update_mask} can't be changed`,
  })),

  ...(['listRevisions'] as const).flatMap((method) =>
    [-1, -2147483648].map((page_size) => ({
      ...{ method, request: { page_size }, reason: 'INVALID_PAGE_SIZE', field: 'page_size', why: 'less than nothing' },
      message: new RegExp(`page_size ${page_size} is not valid; use 0`),
    })),
  ),
  {
    method: 'deleteRevision',
    request: { revision_tag: '0.5.0' },
    ...{
      reason: 'INVALID_ETAG',
      field: 'etag',
      message: /etag is missing; give the current etag of the revision/,
      why: 'it has to be given',
    },
  },
]

describeOverEachProtocol('a bad request', (subject) => {
  const { call, register } = subject
  const prepare = async () => {
    await register('0.5.0', '1.0.0', '1.1.0')
    await call('yank', { revision_tag: '0.5.0' })
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
  }

  test('an impossible alias name is refused by GetAlias and is not found by GET over REST', async () => {
    await prepare()
    const refusal = refusalOfName({ protocol: subject.api().protocol, method: 'getAlias' }, 'alias')
    await expectRefusal(call('getAlias', { alias: 'Beta' }), refusal)
  })

  test('a bad request is refused with its field, the value and the rule, and nothing changes', async () => {
    await prepare()
    const before = await wholeState(subject)
    const wrong: string[] = []
    for (const { method, request, why, ...expected } of rows) {
      const refused = expectRefusal(call(method, request), { code: 'invalid_argument', ...expected })
      await refused.catch((cause: unknown) => wrong.push(`${method}, ${expected.field}, ${why}: ${cause}`))
    }
    expect(wrong).toEqual([])
    expect(await wholeState(subject)).toEqual(before)
  })
})
