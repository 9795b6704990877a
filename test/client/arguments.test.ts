import { describe, expect, test } from 'vitest'
import * as node from '../../src/client/index.ts'
import * as web from '../../src/client/web.ts'

/** A method of a client that accepts values which TypeScript would refuse. */
type Method = (client: node.RegistryClient) => (...args: unknown[]) => unknown

const SRUID = 'my-org/my-service:1.2.9'
const SERVICE = 'my-org/my-service'

/** Every method with its arguments before the options. */
const methods: Readonly<Record<string, readonly [Method, readonly unknown[]]>> = {
  register: [(client) => client.register.bind(client) as never, [SRUID]],
  get: [(client) => client.get.bind(client) as never, [SERVICE]],
  whoAmI: [(client) => client.whoAmI.bind(client) as never, []],
  callToken: [(client) => client.callToken.bind(client) as never, [SERVICE]],
  'revisions.list': [({ revisions }) => revisions.list.bind(revisions) as never, [SERVICE]],
  'revisions.update': [({ revisions }) => revisions.update.bind(revisions) as never, [SRUID, { description: '' }]],
  'revisions.deprecate': [({ revisions }) => revisions.deprecate.bind(revisions) as never, [SRUID]],
  'revisions.undeprecate': [({ revisions }) => revisions.undeprecate.bind(revisions) as never, [SRUID]],
  'revisions.yank': [({ revisions }) => revisions.yank.bind(revisions) as never, [SRUID]],
  'revisions.unyank': [({ revisions }) => revisions.unyank.bind(revisions) as never, [SRUID]],
  'revisions.delete': [({ revisions }) => revisions.delete.bind(revisions) as never, [SRUID]],
  'aliases.get': [({ aliases }) => aliases.get.bind(aliases) as never, [SERVICE, 'beta']],
  'aliases.set': [({ aliases }) => aliases.set.bind(aliases) as never, [SERVICE, 'beta', { follows: '^1' }]],
  'aliases.delete': [({ aliases }) => aliases.delete.bind(aliases) as never, [SERVICE, 'beta']],
  'aliases.list': [({ aliases }) => aliases.list.bind(aliases) as never, [SERVICE]],
  'defaults.set': [({ defaults }) => defaults.set.bind(defaults) as never, [SRUID]],
  'defaults.clear': [({ defaults }) => defaults.clear.bind(defaults) as never, [SERVICE]],
  'defaults.testPolicy': [({ defaults }) => defaults.testPolicy.bind(defaults) as never, [SRUID]],
  'rollouts.set': [({ rollouts }) => rollouts.set.bind(rollouts) as never, [SERVICE, [{ revisionTag: '2.0.0' }]]],
  'rollouts.get': [({ rollouts }) => rollouts.get.bind(rollouts) as never, [SERVICE]],
  'rollouts.end': [({ rollouts }) => rollouts.end.bind(rollouts) as never, [SERVICE]],
  'history.list': [({ history }) => history.list.bind(history) as never, [SERVICE]],
  'history.revert': [({ history }) => history.revert.bind(history) as never, [SERVICE, { generation: 1 }]],
  'services.list': [({ services }) => services.list.bind(services) as never, []],
  'services.listNamespaces': [({ services }) => services.listNamespaces.bind(services) as never, []],
}

const NOT_TEXT = [1, true, {}, null]
const TIMES = [new Date(), '2026-11-24T12:00:00Z', '2026-11-24T12:00:00.000000001+01:00']
const NOT_TIMES = [new Date(Number.NaN), '2026-11-24', '2026-13-24T12:00:00Z', 'noon', '2026-11-24T12:00:00', 1, null]
const NOT_FLAG = ['false', 0, null]
const PAIRS = [{ a: 'b' }, {}]
const NOT_PAIRS = [{ a: 1 }, { a: null }, 'a=b', ['a'], new Map([['a', 'b']])]
const signal = new AbortController().signal

/** Good values and bad values of each option. */
const options: Readonly<Record<string, readonly [good: readonly unknown[], bad: readonly unknown[]]>> = {
  timeoutMs: [
    [1, 2 ** 31 - 1],
    [0, 1.5, 2 ** 31, Number.NaN, '5', null],
  ],
  signal: [[signal], [{}, 'abort', true, null]],
  registry: [['here'], NOT_TEXT],
  validateOnly: [[true, false], NOT_FLAG],
  requestId: [['deploy-7'], NOT_TEXT],
  etag: [['a'], NOT_TEXT],
  isDefault: [[true, false], NOT_FLAG],
  labels: [PAIRS, NOT_PAIRS],
  setLabels: [PAIRS, NOT_PAIRS],
  removeLabels: [
    [[], ['a']],
    ['a', [1], {}],
  ],
  endpoints: [
    [[], [{ protocol: 'x', uri: 'x:y' }], [{ protocol: 'x', uri: 'x:y', metadata: { a: 'b' } }]],
    ['x', {}, ['x'], [{ protocol: 'x' }], [{ protocol: 'x', uri: 1 }], [{ protocol: 'x', uri: 'x:y', url: 'x:y' }]],
  ],
  description: [[''], NOT_TEXT],
  documentationUri: [['https://a.example'], NOT_TEXT],
  source: [
    [{}, { commit: '0a1b2c' }],
    ['0a1b2c', { commit: 1 }, { commmit: '0a1b2c' }],
  ],
  view: [
    ['BASIC', 'FULL'],
    ['full', '', 2, null],
  ],
  versionRange: [['^1'], ['', ...NOT_TEXT]],
  includePrerelease: [[true, false], NOT_FLAG],
  alias: [['beta'], ['', ...NOT_TEXT]],
  labelSelector: [['tier'], NOT_TEXT],
  targetingKey: [['user-42'], ['', ...NOT_TEXT]],
  at: [
    [...TIMES.map((time) => ({ time })), { generation: 1 }, { generation: 9, time: undefined }],
    [
      ...NOT_TIMES.map((time) => ({ time })),
      {},
      { generation: 0 },
      { generation: '1' },
      { generation: 1, time: TIMES[0] },
    ],
  ],
  salt: [['exp-2026'], NOT_TEXT],
  promote: [['2.0.0'], ['', ...NOT_TEXT]],
  revisionTag: [['2.0.0'], ['', ...NOT_TEXT]],
  event: [
    ['ROLLOUT_SET', 'REVISION_YANKED'],
    ['EVENT_UNSPECIFIED', 'rollout-set', '13', 13],
  ],
  actor: [['anonymous'], ['', ...NOT_TEXT]],
  afterTime: [TIMES, NOT_TIMES],
  beforeTime: [TIMES, NOT_TIMES],
  explain: [[true, false], NOT_FLAG],
  permission: [
    ['read', 'register', 'manage', 'delete', 'call', 'admin'],
    ['write', '', 'READ', ...NOT_TEXT],
  ],
  resource: [['my-org/my-service'], ['', ...NOT_TEXT]],
  lifetimeSeconds: [
    [60, 3_600],
    [59, 3_601, 300.5, '300', null],
  ],
  reason: [['because'], NOT_TEXT],
  message: [['because'], NOT_TEXT],
  replacement: [['1.3.0'], NOT_TEXT],
  ifDefault: [
    ['MOVE', 'CLEAR'],
    ['move', 1, null],
  ],
  pageSize: [
    [1, 1_000],
    [0, 1_001, 1.5, '5'],
  ],
  prefix: [['my-'], NOT_TEXT],
  order: [
    ['NEWEST_FIRST', 'HIGHEST_VERSION_FIRST'],
    ['newest', 1],
  ],
  state: [
    ['ACTIVE', 'DEPRECATED', 'YANKED'],
    ['active', 2],
  ],
}

const CALL = ['timeoutMs', 'signal']
const READ = [...CALL, 'registry']
const CHANGE = [...READ, 'validateOnly', 'requestId']
const ETAG = [...CHANGE, 'etag']
const SELECTION = ['versionRange', 'includePrerelease', 'alias', 'labelSelector']
const INFORMATION = ['labels', 'endpoints', 'description', 'documentationUri']

/** The options of each method. */
const optionsOf: Readonly<Record<string, readonly string[]>> = {
  register: [...CHANGE, ...INFORMATION, 'isDefault', 'source'],
  get: [...CALL, 'view', ...SELECTION, 'targetingKey', 'at', 'explain'],
  whoAmI: [...READ, 'permission', 'resource'],
  callToken: [...CALL, ...SELECTION, 'targetingKey', 'lifetimeSeconds'],
  'revisions.list': [...READ, 'view', 'at', 'pageSize', 'order', 'state', 'labelSelector'],
  'revisions.update': ETAG,
  'revisions.deprecate': [...ETAG, 'message', 'replacement'],
  'revisions.undeprecate': ETAG,
  'revisions.yank': [...ETAG, 'reason', 'ifDefault'],
  'revisions.unyank': ETAG,
  'revisions.delete': ETAG,
  'aliases.get': [...READ, 'at'],
  'aliases.set': ETAG,
  'aliases.delete': ETAG,
  'aliases.list': [...READ, 'at'],
  'defaults.set': [...ETAG, 'reason'],
  'defaults.clear': [...ETAG, 'reason'],
  'defaults.testPolicy': READ,
  'rollouts.set': [...ETAG, 'reason', 'salt'],
  'rollouts.get': [...READ, 'at'],
  'rollouts.end': [...ETAG, 'reason', 'promote'],
  'history.list': [...READ, 'pageSize', 'revisionTag', 'alias', 'event', 'actor', 'afterTime', 'beforeTime'],
  'history.revert': [...ETAG, 'reason'],
  'services.list': [...READ, 'pageSize', 'prefix', 'labelSelector'],
  'services.listNamespaces': [...READ, 'pageSize'],
}

/** The error of the interceptor. It shows that the arguments passed their checks and a request would be sent. */
const SENT = 'sent'

/** A client whose interceptor throws, so that it sends nothing. */
function openClient(): node.RegistryClient {
  const refuse = () => {
    throw SENT
  }
  const registries = [{ name: 'here', baseUrl: 'http://127.0.0.1:1' }]
  return node.createRegistryClient({ registries, interceptors: [() => refuse] })
}

/** Calls a method and resolves with its outcome. Fails if the method throws synchronously. */
async function outcomeOf(name: string, args: readonly unknown[]): Promise<unknown> {
  const [method] = methods[name] ?? []
  const answer = method?.(openClient())(...args)
  try {
    if (answer instanceof Promise) await answer
    else for await (const _ of answer as AsyncIterable<unknown>) break
    return 'answered'
  } catch (error) {
    return (error as Error).cause === SENT ? SENT : error
  }
}

const withOptions = (name: string, given: object) => {
  const etag = name === 'revisions.delete' ? { etag: 'a' } : {}
  return [...(methods[name]?.[1] ?? []), { ...etag, ...given }]
}

function invalid(field: unknown, message: unknown = expect.any(String)) {
  const description = expect.any(String)
  return expect.objectContaining({
    ...{ name: 'RegistryError', code: 'invalid_argument', reason: 'INVALID_REQUEST', message },
    fieldViolations: [{ field, description }],
  })
}

describe.for(Object.entries(optionsOf))('arguments of %s', ([method, names]) => {
  test(`${method} sends a request if its arguments are good`, async () => {
    expect(await outcomeOf(method, withOptions(method, {}))).toBe(SENT)
  })

  test.for(names)(
    `${method} accepts good values of %s and rejects bad ones with the name of the option`,
    async (name) => {
      const [good, bad] = options[name] ?? [[], []]
      for (const value of [undefined, ...good]) {
        const given = name === 'etag' && value === undefined ? {} : { [name]: value }
        expect(await outcomeOf(method, withOptions(method, given)), String(value)).toBe(SENT)
      }
      for (const value of bad) {
        const field = expect.stringMatching(new RegExp(`^${name}(?:[.[]|$)`))
        expect(await outcomeOf(method, withOptions(method, { [name]: value })), String(value)).toEqual(invalid(field))
      }
    },
  )

  test(`${method} rejects an unknown option and suggests the nearest one`, async () => {
    const message = 'timeout is not an option; the nearest option is timeoutMs.'
    expect(await outcomeOf(method, withOptions(method, { timeout: 5 }))).toEqual(invalid('timeout', message))
    expect(await outcomeOf(method, withOptions(method, { somethingElse: 5 }))).toEqual(
      invalid('somethingElse', expect.stringMatching(/^somethingElse is not an option; use one of .*timeoutMs/)),
    )
    for (const other of Object.keys(options).filter((option) => !names.includes(option))) {
      expect(await outcomeOf(method, withOptions(method, { [other]: undefined }))).toEqual(invalid(other))
    }
  })

  test(`${method} rejects options that are not an object`, async () => {
    for (const given of [null, 'x', 1, [], new Map()]) {
      const args = [...(methods[method]?.[1] ?? []), given]
      expect(await outcomeOf(method, args), String(given)).toEqual(invalid('options'))
    }
  })

  test(`${method} rejects another argument of the wrong type`, async () => {
    const [, args = []] = methods[method] ?? []
    for (const at of args.keys()) {
      for (const value of [undefined, null, 1, [], ...(typeof args[at] === 'string' ? [{}] : ['x'])]) {
        const given = withOptions(method, {}).with(at, value)
        expect(await outcomeOf(method, given), `${at}: ${value}`).toMatchObject({ code: 'invalid_argument' })
      }
    }
  })
})

describe('messages about arguments', () => {
  test.for([
    ['get', [undefined], 'service is undefined; use a string.'],
    ['get', [SERVICE, { view: 'full' }], 'view is "full"; use "BASIC" or "FULL".'],
    ['register', [SRUID, { isDefault: 'false' }], 'isDefault is a string; use true or false.'],
    ['register', [SRUID, { endpoints: 'x' }], 'endpoints is a string; use an array.'],
    ['register', [SRUID, { endpoints: [{ protocol: 'x' }] }], 'endpoints[0].uri is missing; give it a value.'],
    ['register', [SRUID, { labels: { tier: 1 } }], 'labels.tier is a number; use a string.'],
    ['register', [SRUID, { isDefualt: false }], 'isDefualt is not an option; the nearest option is isDefault.'],
    ['revisions.delete', [SRUID, {}], 'etag is missing; give it a value.'],
    ['revisions.delete', [SRUID], 'options is undefined; use a plain object.'],
    ['revisions.update', [SRUID, { label: {} }], 'label is not an option; the nearest option is labels.'],
    ['aliases.set', [SERVICE, 'a', { follow: '^1' }], 'follow is not an option; the nearest option is follows.'],
    ['get', [SERVICE, { at: { time: 'noon' } }], 'at.time is "noon"; use a time such as "2026-11-24T12:00:00Z".'],
    [
      'get',
      [SERVICE, { at: { time: '2026-02-30T12:00:00Z' } }],
      'at.time is "2026-02-30T12:00:00Z"; use a time such as "2026-11-24T12:00:00Z".',
    ],
    ['get', [SERVICE, { at: {} }], 'at needs either a time or a generation; give one of them.'],
    [
      'history.revert',
      [SERVICE, { generation: 0.5 }],
      'to.generation is 0.5; use a whole number from 1 to 9007199254740991.',
    ],
    ['rollouts.set', [SERVICE, [{ weight: 1 }]], 'candidates[0].revisionTag is missing; give it a value.'],
    [
      'rollouts.set',
      [SERVICE, [{ revisionTag: 'a', weight: 0.5 }]],
      'candidates[0].weight is 0.5; use a whole number from 0 to 100000.',
    ],
    [
      'rollouts.set',
      [SERVICE, [{ revisionTag: 'a', pinnedKeys: [1] }]],
      'candidates[0].pinnedKeys[0] is a number; use a string.',
    ],
    ['services.list', [{ pageSize: 0 }], 'pageSize is 0; use a whole number from 1 to 1000.'],
  ] as const)('a wrong argument of %s (%j) is explained by the message: %s', async ([method, args, message]) => {
    expect(await outcomeOf(method, args)).toEqual(invalid(expect.any(String), message))
  })

  test.for([
    ['my-org', 'INVALID_SRUID', 'sruid'],
    ['my-org/my-service:', 'INVALID_REVISION_TAG', 'revision_tag'],
    ['/my-service', 'INVALID_NAMESPACE', 'namespace'],
    ['my-org/', 'INVALID_NAME', 'name'],
    [`my-org/${'x'.repeat(1_100)}`, 'INVALID_NAME', 'name'],
    ['my-org/\ud800', 'INVALID_NAME', 'name'],
  ] as const)(
    'get refuses %j, which no registry can be asked for, before it sends anything',
    async ([text, reason, field]) => {
      expect(await outcomeOf('get', [text])).toMatchObject({
        ...{ code: 'invalid_argument', reason, registry: undefined },
        fieldViolations: [{ field }],
      })
    },
  )

  test.for(['My-Org/x', 'my-org/x_y', 'my-org/x:-', `my-org/${'x'.repeat(1_000)}`])(
    'get sends %s, which only the grammar refuses, because a registry may have another grammar',
    async (text) => {
      expect(await outcomeOf('get', [text])).toBe(SENT)
    },
  )

  test('a reference with a revision tag is refused if a method needs a service', async () => {
    expect(await outcomeOf('aliases.list', [SRUID])).toEqual(invalid('service'))
  })
})

test('the client for browsers checks its arguments too', async () => {
  const client = web.createRegistryClient({ baseUrl: 'http://127.0.0.1:1' })
  await expect(client.get(undefined as never)).rejects.toEqual(invalid('service'))
})
