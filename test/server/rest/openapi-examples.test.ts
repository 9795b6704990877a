import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import document from '../../../docs/openapi.json' with { type: 'json' }
import { callTokenFailed } from '../../../src/call-tokens/call-token-failed.ts'
import { tooManyChanges } from '../../../src/domain/errors.ts'
import type { NamedPolicy } from '../../../src/domain/policies/default-policy.ts'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import { rateLimited } from '../../../src/server/call/rate-limit.ts'
import { defaultLimits as limits } from '../../../src/server/limits.ts'
import { openStore, type Store } from '../../../src/server.ts'
import { checksum } from '../../../src/store/forms/checksum.ts'
import { upgradeNotFinished } from '../../../src/store/forms/fits-form-2.ts'
import type { EntryKey } from '../../../src/store/forms/opened-entry.ts'
import {
  type Answer,
  type Changes,
  documentedAnswers,
  documentedRoutes,
  fetchDocumented,
  type Route,
  requestKeys,
  sendDocumented,
  sendRaw,
} from '../../support/documented-answers.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'
import { damageEveryPage } from '../../verify/pages.ts'
import { type GuardedRegistry, startGuardedRegistry } from './guarded-registry.ts'
import { type SmallAppParts, withApp } from './small-app.ts'

// These tests ask a server for every answer that the OpenAPI document shows. The document contains the requests that
// succeed, and this file contains the requests that fail.

type Fields = Readonly<Record<string, unknown>>

const routes = documentedRoutes()
const answers = routes.flatMap(documentedAnswers)
const successes = answers.filter(({ expected }) => expected.status < 300)
const failures = answers.filter(({ expected }) => expected.status >= 300)

/** The tags of the documented requests. */
const tags = ['1.2.9', '1.3.0', '2.0.0-beta.1', '2.0.0-alpha.1']

const slow = new Set(['HEAD_TOO_SLOW', 'REQUEST_TOO_SLOW'])

let storage: Storage
let keys: string
let server: ServeProcess
let guarded: GuardedRegistry

beforeAll(async () => {
  storage = await sqliteStorage()
  keys = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  const callTokens = ['--call-tokens', 'jwt', '--public-url', 'http://localhost', '--signing-keys', keys]
  server = await spawnServe(['--store', storage.location, ...callTokens])
  guarded = await startGuardedRegistry()
})

afterAll(async () => {
  await Promise.all([server.stop(), guarded.close()])
  await Promise.all([storage.remove(), rm(keys, { recursive: true })])
})

test('every documented request is answered as documented, one after the other', async () => {
  const requests = routes.flatMap((route) => requestKeys(route).map((key) => ({ route, key })))
  expect(requests.length).toBe(successes.length)
  for (const { route, key } of requests) {
    const documented = successes.find((success) => success.route === route && success.key === key)
    await preparations[route.operation.operationId]?.(server.url)
    const answer = await sendDocumented(server.url, route, key, { fields: await currentEtag(server.url, route) })
    expect(withoutMoment(answer), `${route.operation.operationId} ${key}`).toEqual(withoutMoment(documented?.expected))
  }
})

test('a GET with the ETag of an earlier answer gets 304 and no body', async () => {
  const reads = routes.filter(({ verb }) => verb === 'GET')
  await register(server.url, {})
  await sendDocumented(server.url, routeOf('setAlias'), 'fixed')
  await makeDefault(server.url, 'my-service', '1.2.9')
  await sendDocumented(server.url, routeOf('setRollout'), 'tenPercent')
  for (const route of reads) {
    const [key] = requestKeys(route)
    const etag = (await fetchDocumented(server.url, route, key)).headers.get('etag') ?? 'none'
    const again = await sendDocumented(server.url, route, key, { headers: { 'if-none-match': etag } })
    expect(again, route.operation.operationId).toEqual({ status: 304, body: undefined })
  }
  expect(reads.map(({ operation }) => 304 in operation.responses)).not.toContain(false)
})

test('an error has its reason in the documented header even if its body has no reason', async () => {
  const response = await fetchDocumented(server.url, routeOf('get'), 'default', { fields: { name: 'nothing' } })
  const documented = document.paths['/services/{namespace}/{name}'].get.responses[404].headers
  expect(Object.keys(documented).map((name) => response.headers.get(name))).toEqual(['SERVICE_NOT_FOUND'])
  expect(await response.json()).toEqual({ error: 'Service revision not found.' })
})

describe.concurrent('documented errors', () => {
  test.for(failures.filter(({ key }) => !slow.has(key)))(
    'the error is answered as documented: $title',
    async ({ route, key, expected }) => {
      expect(withoutTimes(await provoke(key, route))).toEqual(withoutTimes(expected))
    },
  )

  // They run at the same time, because each of them waits for a limit of several seconds.
  test('requests that are too slow are answered as documented', async () => {
    const late = failures.filter(({ key }) => slow.has(key))
    const answers = await Promise.all(late.map(({ key, route }) => provoke(key, route)))
    expect(answers).toEqual(late.map(({ expected }) => expected))
    expect(new Set(late.map(({ key }) => key))).toEqual(slow)
  })
})

test('every error that these tests provoke is documented', () => {
  expect(Object.keys(provocations).filter((key) => !failures.some((failure) => failure.key === key))).toEqual([])
})

function provoke(key: string, route: Route): Promise<Answer> {
  const provocation = provocations[key]
  if (provocation === undefined) expect.fail(`openapi-examples.test.ts has no request that fails with ${key}`)
  return provocation(server.url, route)
}

/** The state that the first documented request of an operation needs, if the operations before it do not leave it. */
const preparations: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  unyankRestore: (url) => sendDocumented(url, routeOf('yank'), 'bad'),
  deleteRevision: (url) => yanked(url, 'my-service', '2.0.0-alpha.1'),
  setRollout: (url) => makeDefault(url, 'my-service', '1.2.9'),
  // The operations after it have no default.
  deprecate: (url) => sendDocumented(url, routeOf('clearDefault'), 'cleared'),
  issueCallToken: (url) => makeDefault(url, 'my-service', '1.2.9'),
}

/** For each error, a function that provokes it on any route that documents it. */
const provocations: Readonly<Record<string, (url: string, route: Route) => Promise<Answer>>> = {
  INVALID_REQUEST: (url, route) => send(url, route, has(route, 'namespace') ? { namespace: '%' } : { pagesize: 10 }),
  INVALID_NAMESPACE: (url, route) => send(url, route, { namespace: 'My-Org' }),
  INVALID_NAME: (url, route) => send(url, route, { name: 'my_service' }),
  MISSING_REVISION_TAG: (url, route) => send(url, route, { revision_tag: undefined }),
  INVALID_REVISION_TAG: (url, route) => {
    const isInTarget = ['setRollout', 'endRollout'].includes(route.operation.operationId)
    return send(url, route, isInTarget ? withTarget(route, '1.2.9+5') : { revision_tag: '1.2.9+5' })
  },
  INVALID_ROLLOUT: (url, route) => send(url, route, { candidates: [{ revision_tag: '1.3.0', weight: -1 }] }),
  INVALID_TARGETING_KEY: (url, route) => send(url, route, { targeting_key: 'x'.repeat(257) }),
  INVALID_AT_TIME: async (url, route) => {
    await register(url, { name: 'few-changes' })
    const time = '9999-01-01T00:00:00Z'
    return send(url, route, {
      name: 'few-changes',
      ...(isRevert(route) ? { generation: undefined, time } : { at_time: time }),
    })
  },
  INVALID_AT_GENERATION: (url, route) => send(url, route, { [generationOf(route)]: '-1' }),
  STATE_NOT_FOUND: async (url, route) => {
    await register(url, { name: 'few-changes' })
    return send(url, route, { name: 'few-changes', [generationOf(route)]: '7' })
  },
  ROLLOUT_NOT_FOUND: async (url, route) => {
    await register(url, { name: 'few-changes' })
    return send(url, route, { name: 'few-changes' })
  },
  CANDIDATE_IS_DEFAULT: async (url, route) => {
    await register(url, { name: 'few-changes' })
    return send(url, route, { name: 'few-changes', candidates: [{ revision_tag: '1.2.9', weight: 10_000 }] })
  },
  NOT_A_CANDIDATE: async (url, route) => {
    await begunRollout(url, 'running')
    return send(url, route, { name: 'running', promote: '1.2.9' })
  },
  INVALID_VERSION_RANGE: (url, route) => send(url, route, { [rangeOf(route)]: '>>1', revision_tag: undefined }),
  INVALID_LABEL_SELECTOR: (url, route) => send(url, route, { label_selector: 'tier=web=' }),
  INVALID_LABELS: (url, route) => send(url, route, { labels: { tier: '-' } }),
  INVALID_ENDPOINTS: (url, route) => send(url, route, { endpoints: [{ protocol: 'grpc', uri: 'my-service' }] }),
  INVALID_DESCRIPTION: (url, route) => send(url, route, { description: 'x'.repeat(4_097) }),
  INVALID_INFORMATION: (url, route) => send(url, route, { documentation_uri: 'http://docs.example.com' }),
  INVALID_SOURCE: (url, route) => send(url, route, { source: { image_digest: '0a1b2c' } }),
  INVALID_REASON: (url, route) =>
    send(url, route, { [route.operation.operationId === 'deprecate' ? 'message' : 'reason']: 'x'.repeat(1_025) }),
  INVALID_ALIAS: (url, route) => send(url, route, { alias: 'default' }),
  INVALID_ETAG: (url, route) => send(url, route, { etag: '' }),
  INVALID_REQUEST_ID: (url, route) => send(url, route, { request_id: 'a b' }),
  INVALID_UPDATE_MASK: (url, route) => send(url, route, { update_mask: 'source' }),
  INVALID_PREFIX: (url, route) => send(url, route, { prefix: 'My-Org' }),
  INVALID_PAGE_SIZE: (url, route) => send(url, route, { page_size: -1 }),
  INVALID_PAGE_TOKEN: (url, route) => send(url, route, { page_token: 'none' }),
  REQUEST_ID_REUSED: async (url, route) => {
    const name = `reused-${route.operation.operationId.toLowerCase()}`
    await register(url, { name, revision_tag: '0.0.1', request_id: 'deploy-1' })
    return send(url, route, { name, request_id: 'deploy-1' })
  },
  CONFLICTING_SELECTORS: (url, route) => {
    if (isRevert(route)) return send(url, route, { generation: '1', time: '2026-11-24T15:50:04Z' })
    if (selectsRevision(route)) return send(url, route, { revision_tag: '1.2.9', [rangeOf(route)]: '^1.2' })
    return send(url, route, { at_time: '2026-11-24T15:50:04Z', at_generation: '1' })
  },
  REVISION_NOT_FOUND: (url, route) =>
    send(url, route, takesTag(route) ? { revision_tag: '9.9.9' } : { label_selector: 'tier=none' }),
  NO_DEFAULT: async (url, route) => {
    await register(url, { name: 'no-default', is_default: false })
    return send(url, route, { name: 'no-default' })
  },
  SERVICE_NOT_FOUND: (url, route) =>
    send(url, route, {
      name: 'nothing',
      ...(route.operation.operationId === 'setAlias' && { revision_tag: undefined, follows: '^1' }),
    }),
  ALIAS_NOT_FOUND: (url, route) => send(url, route, { alias: 'nothing' }),
  TARGET_NOT_FOUND: async (url, route) => {
    if (!isRevert(route)) return send(url, route, withTarget(route, '9.9.9'))
    await yankedDefault(url, 'gone-default')
    const fields = { name: 'gone-default', revision_tag: '1.2.9', etag: await etagOf(url, 'gone-default', '1.2.9') }
    await sendDocumented(url, routeOf('deleteRevision'), 'gone', { fields })
    return send(url, route, { name: 'gone-default' })
  },
  TARGET_YANKED: async (url, route) => {
    if (isRevert(route)) {
      await yankedDefault(url, 'yanked-default')
      return send(url, route, { name: 'yanked-default' })
    }
    if (route.operation.operationId === 'endRollout') {
      await begunRollout(url, 'held')
      await sendDocumented(url, routeOf('yank'), 'bad', { fields: { name: 'held', revision_tag: '1.3.0' } })
      return send(url, route, { name: 'held' })
    }
    await yanked(url, 'my-service', '0.9.0')
    return send(url, route, withTarget(route, '0.9.0'))
  },
  REPLACEMENT_CYCLE: async (url, route) => {
    const name = 'cycle'
    for (const revision_tag of ['1.2.9', '1.3.0']) await register(url, { name, revision_tag })
    await send(url, route, { name, revision_tag: '1.3.0', replacement: '1.2.9' })
    return send(url, route, { name, revision_tag: '1.2.9', replacement: '1.3.0' })
  },
  TOO_MANY_ALIASES: async (url, route) => {
    await register(url, { name: 'many-aliases', revision_tag: '1.2.9' })
    for (let each = 0; each < 64; each++) await send(url, route, { name: 'many-aliases', alias: `alias-${each}` })
    return send(url, route, { name: 'many-aliases', alias: 'one-more' })
  },
  REVISION_NOT_YANKED: async (url, route) => {
    return send(url, route, { revision_tag: '1.2.9', etag: await etagOf(url, 'my-service', '1.2.9') })
  },
  REVISION_IN_USE: async (url, route) => {
    await register(url, { name: 'in-use', revision_tag: '0.9.0', is_default: false })
    await sendDocumented(url, routeOf('setAlias'), 'fixed', { fields: { name: 'in-use', revision_tag: '0.9.0' } })
    await yanked(url, 'in-use', '0.9.0')
    return send(url, route, { name: 'in-use', revision_tag: '0.9.0', etag: await etagOf(url, 'in-use', '0.9.0') })
  },
  ETAG_MISMATCH: async (url, route) => {
    const name = `etags-${route.operation.operationId.toLowerCase()}`
    for (const revision_tag of tags) await register(url, { name, revision_tag })
    await sendDocumented(url, routeOf('setAlias'), 'fixed', { fields: { name, alias: 'production' } })
    return send(url, route, { name, etag: 'outdated' })
  },
  IF_MATCH_INVALID: (url, route) => send(url, route, {}, { 'if-match': '*' }),
  IF_MATCH_MISMATCH: async (url, route) => {
    const name = `if-match-${route.operation.operationId.toLowerCase()}`
    for (const revision_tag of tags) await register(url, { name, revision_tag })
    await sendDocumented(url, routeOf('setAlias'), 'fixed', { fields: { name, alias: 'production' } })
    return send(url, route, { name, etag: undefined }, { 'if-match': '"outdated"' })
  },
  TOKEN_MISSING: (_url, route) => send(guarded.url, route),
  TOKEN_INVALID: (_url, route) => send(guarded.url, route, {}, bearer('not-a-token')),
  PERMISSION_DENIED: (_url, route) => send(guarded.url, route, {}, guarded.stranger.headers),
  ISSUER_UNREACHABLE: (_url, route) => send(guarded.url, route, {}, bearer(guarded.ofUnreachable)),
  SOURCE_MISMATCH: (_url, route) => send(guarded.url, route, { source: { commit: 'decade00' } }, bearer(guarded.ofJob)),
  INVALID_PERMISSION: (url, route) => send(url, route, { permission: 'write' }),
  CALL_TOKENS_OFF: (_url, route) => send(guarded.url, route, {}, guarded.owner.headers),
  HOST_NOT_ALLOWED: (url, route) => sendRaw(url, route, '\r\n', 'elsewhere.example.com'),
  ORIGIN_NOT_ALLOWED: (url, route) => send(url, route, {}, { origin: 'https://elsewhere.example.com' }),
  REVISION_DELETED: async (url, route) => {
    await register(url, { name: 'deleted', revision_tag: '1.3.0' })
    await yanked(url, 'deleted', '1.2.9')
    const fields = { name: 'deleted', revision_tag: '1.2.9', etag: await etagOf(url, 'deleted', '1.2.9') }
    await sendDocumented(url, routeOf('deleteRevision'), 'gone', { fields })
    return send(url, route, { name: 'deleted' })
  },
  REVISION_ALREADY_EXISTS: (url, route) => send(url, route, { is_default: true }),
  UNSUPPORTED_MEDIA_TYPE: (url, route) => sendRaw(url, route, 'Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}'),
  REQUEST_TOO_LARGE: (url, route) => sendRaw(url, route, `Content-Length: ${limits.bodyBytes + 1}\r\n\r\n{`),
  REQUEST_TOO_SLOW: (url, route) => sendRaw(url, route, 'Content-Length: 100\r\n\r\n{'),
  HEAD_TOO_SLOW: (url, route) => sendRaw(url, route, ''),
  HEAD_TOO_LARGE: (url, route) => sendRaw(url, route, `X-Large: ${'x'.repeat(2 * limits.headerBytes)}\r\n\r\n`),
  RATE_LIMITED: (_url, route) =>
    sendTo(route, { rateLimiter: { take: () => Promise.reject(rateLimited('write', 10, 200)) } }),
  TOO_MANY_REVISIONS: (_url, route) =>
    sendTo(route, {
      limits: { revisionsPerService: 3 },
      before: ['1', '2', '3'].map((revision_tag) => ({ revision_tag })),
    }),
  TOO_MANY_SERVICES: (_url, route) =>
    sendTo(route, { limits: { servicesPerNamespace: 3 }, before: ['a', 'b', 'c'].map((name) => ({ name })) }),
  INVALID_LIFETIME: (url, route) => send(url, route, { lifetime_seconds: 30 }),
  REVISION_YANKED: async (url, route) => {
    await yanked(url, 'yanked', '1.2.9')
    return send(url, route, { name: 'yanked', revision_tag: '1.2.9' })
  },
  CALL_TOKEN_FAILED: (_url, route) =>
    sendTo(route, {
      callTokens: { issue: (order) => Promise.reject(callTokenFailed(order, undefined)) },
      before: [{ revision_tag: '1.2.9' }],
    }),
  TOO_MANY_CONFLICTS: (_url, route) =>
    sendToBroken(route, async (store) => {
      if (route.operation.operationId !== 'register') await withApp({ store }, (url) => prepareChange(url, route))
      return { store: withMethods(store, { append: async () => 'generation-taken' }) }
    }),
  TOO_MANY_CHANGES: (_url, route) =>
    sendToBroken(route, async (store) => {
      if (route.operation.operationId !== 'register') await withApp({ store }, (url) => prepareChange(url, route))
      return { store: withMethods(store, { append: () => Promise.reject(tooManyChanges()) }) }
    }),
  DEFAULT_POLICY_FAILED: (_url, route) =>
    sendToBroken(route, async (store) => {
      // The documented registration must be the first of its tag. A yank asks the policy only if the revision is the default.
      const isRegistration = route.operation.operationId === 'register'
      if (!isRegistration) await withApp({ store }, (url) => prepareEverything(url, true))
      return { store, policy: failingPolicy }
    }),
  INTERNAL: (_url, route) =>
    sendToBroken(route, async (store) => {
      const broken = () => Promise.reject(new TypeError('a defect'))
      const reads = {
        lookup: broken,
        lookupForChange: broken,
        readChanges: broken,
        readHead: broken,
        readRevisions: broken,
        readServices: broken,
        readNamespaces: broken,
      }
      return { store: withMethods(store, reads) }
    }),
  CLOCK_SKEW: (_url, route) =>
    sendToBroken(route, async (store) => {
      await withApp({ store }, (url) => prepareEverything(url))
      return { store: withMethods(store, { now: () => Date.now() - 7 * 60_000 }) }
    }),
  UPGRADE_NOT_FINISHED: (_url, route) =>
    sendToBroken(route, async (store) => {
      await withApp({ store }, (url) => prepareChange(url, route))
      return { store: withMethods(store, { checkUpgrade: () => Promise.reject(upgradeNotFinished()) }) }
    }),
  STORE_UNAVAILABLE: (_url, route) =>
    sendToBroken(route, async (store) => {
      await store.close()
      return { store }
    }),
  DAMAGED_ENTRY: (_url, route) => sendToChanged(route, ({ body }) => ({ body: body.slice(0, 20) })),
  DAMAGED_STORE: (_url, route) =>
    sendToBroken(route, async (store, location) => {
      await withApp({ store }, (url) => sendDocumented(url, routeOf('register'), 'first'))
      await store.close()
      damageEveryPage(location.replace('sqlite:', ''))
      return { store: await openStore(location) }
    }),
  NEWER_ENTRY: (_url, route) =>
    sendToChanged(route, ({ body, ...key }) => {
      const newer = body.replace('"v":3', '"v":4')
      return { body: newer, crc: checksum({ ...key, service: parseServiceId('my-org', 'my-service') }, newer) }
    }),
}

function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` }
}

/** The names of the fields that have a range, and the tag of a revision to point to. */
const rangeOf = ({ operation }: Route) => (operation.operationId === 'setAlias' ? 'follows' : 'version_range')
const generationOf = (route: Route) => (isRevert(route) ? 'generation' : 'at_generation')
const isRevert = ({ operation }: Route) => operation.operationId === 'revert'

/** The fields of a request that point to a revision with this tag. */
function withTarget({ operation }: Route, tag: string): Fields {
  if (operation.operationId === 'setRollout') return { candidates: [{ revision_tag: tag, weight: 10_000 }] }
  const fields: Readonly<Record<string, string>> = { deprecate: 'replacement', endRollout: 'promote' }
  return { [fields[operation.operationId] ?? 'revision_tag']: tag }
}

function selectsRevision(route: Route): boolean {
  return has(route, 'version_range') || ['setAlias', 'issueCallToken'].includes(route.operation.operationId)
}

type StoredRow = Pick<EntryKey, 'id' | 'generation' | 'tag' | 'time'> & { readonly body: string; readonly crc?: number }

/** Sends the request to a server over a store whose only entry was changed. */
function sendToChanged(route: Route, change: (row: StoredRow) => Partial<StoredRow>): Promise<Answer> {
  return sendToBroken(route, async (store, location) => {
    await withApp({ store }, (url) => sendDocumented(url, routeOf('register'), 'first'))
    const db = new DatabaseSync(location.replace('sqlite:', ''))
    const row = db.prepare('SELECT id, generation, tag, time, body, crc FROM log').get() as unknown as StoredRow
    const { body, crc = 0 } = { ...row, ...change(row) }
    db.prepare('UPDATE log SET body = ?, crc = ?').run(body, crc)
    db.close()
    return { store }
  })
}

function takesTag(route: Route): boolean {
  return has(route, 'revision_tag') || route.operation.operationId === 'issueCallToken'
}

function has({ operation }: Route, field: string): boolean {
  return operation.parameters.some(({ name }) => name === field)
}

function register(url: string, fields: Fields): Promise<Answer> {
  return sendDocumented(url, routeOf('register'), 'first', { fields })
}

async function yanked(url: string, name: string, revisionTag: string): Promise<void> {
  await register(url, { name, revision_tag: revisionTag, is_default: false })
  await sendDocumented(url, routeOf('yank'), 'bad', { fields: { name, revision_tag: revisionTag } })
}

function makeDefault(url: string, name: string, revisionTag: string): Promise<Answer> {
  return sendDocumented(url, routeOf('setDefault'), 'byHand', { fields: { name, revision_tag: revisionTag } })
}

/** Registers a default and a candidate, and begins a rollout. */
async function begunRollout(url: string, name: string): Promise<void> {
  await register(url, { name })
  await register(url, { name, revision_tag: '1.3.0', is_default: false })
  await sendDocumented(url, routeOf('setRollout'), 'tenPercent', { fields: { name } })
}

/** Makes a service whose first default was replaced and then yanked. */
async function yankedDefault(url: string, name: string): Promise<void> {
  await register(url, { name })
  await register(url, { name, revision_tag: '1.3.0', is_default: true })
  await sendDocumented(url, routeOf('yank'), 'bad', { fields: { name, revision_tag: '1.2.9' } })
}

async function etagOf(url: string, name: string, revisionTag: string): Promise<string> {
  const response = await fetch(`${url}/services/my-org/${name}?revision_tag=${revisionTag}&view=FULL`)
  const { etag = 'none' } = (await response.json()) as { readonly etag?: string }
  return etag
}

/** The etag that a deletion needs. Other routes need none. */
async function currentEtag(url: string, { operation }: Route): Promise<Readonly<Record<string, string>>> {
  if (operation.operationId !== 'deleteRevision') return {}
  return { etag: await etagOf(url, 'my-service', '2.0.0-alpha.1') }
}

/** Everything that the first documented request of a route that changes something needs. */
async function prepareEverything(url: string, isLastDefault = false): Promise<Answer> {
  for (const revision_tag of ['1.2.9', '1.3.0', '2.0.0-beta.1']) {
    await register(url, { revision_tag, is_default: isLastDefault && revision_tag === '2.0.0-beta.1' })
  }
  await yanked(url, 'my-service', '2.0.0-alpha.1')
  if (!isLastDefault) await sendDocumented(url, routeOf('yank'), 'bad')
  return sendDocumented(url, routeOf('setAlias'), 'fixed')
}

/** Everything that the first documented request of a route needs to change something. */
async function prepareChange(url: string, { operation }: Route): Promise<Answer> {
  const prepared = await prepareEverything(url)
  const undo = opposites[operation.operationId]
  if (undo === undefined) return prepared
  return sendDocumented(url, routeOf(undo), requestKeys(routeOf(undo))[0])
}

/** Operations that would change nothing after `prepareEverything`, and the ones that they take back. */
const opposites: Readonly<Record<string, string>> = {
  setAlias: 'deleteAlias',
  yank: 'unyank',
  undeprecate: 'deprecate',
  endRollout: 'setRollout',
  revert: 'setRollout',
}

// These values differ from run to run.
function withoutMoment(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value) => {
    return momentary.has(key) ? typeof value : value
  })
}

const momentary = new Set([
  ...['etag', 'service_etag', 'service_hash', 'access_token', 'next_page_token'],
  ...['register_time', 'start_time', 'update_time', 'time'],
])

// A text may contain the present time.
function withoutTimes(answer: Answer): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'))
}

// The name of the policy is in the error.
const failingPolicy: NamedPolicy = {
  name: 'policy.ts',
  decide: () => {
    throw new Error('a defect of the policy')
  },
}

function routeOf(operationId: string): Route {
  const route = routes.find(({ operation }) => operation.operationId === operationId)
  return route ?? expect.fail(`there is no ${operationId}`)
}

/** Sends the first documented request of the route with other values and additional headers. */
function send(url: string, route: Route, fields: Fields = {}, headers: Changes['headers'] = {}): Promise<Answer> {
  return sendDocumented(url, route, requestKeys(route)[0], { fields, headers })
}

/** Sends the first documented request of the route to an app with a registry in which something is broken. */
async function sendToBroken(
  route: Route,
  arrange: (store: Store, location: string) => Promise<SmallAppParts>,
): Promise<Answer> {
  const place = await sqliteStorage()
  const store = await openStore(place.location)
  const options = await arrange(store, place.location)
  try {
    return await withApp(options, async (url) => {
      return send(url, route, await currentEtag(url, route))
    })
  } finally {
    await Promise.all([store.close(), options.store.close()])
    await place.remove()
  }
}

/** Sends the first documented request of the route to a registry with these parts, after some registrations. */
async function sendTo(
  route: Route,
  { before = [], ...parts }: Omit<SmallAppParts, 'store'> & { readonly before?: readonly Fields[] },
): Promise<Answer> {
  return sendToBroken(route, async (store) => {
    await withApp({ store }, async (url) => {
      for (const fields of before) await register(url, fields)
    })
    return { store, ...parts }
  })
}

/** The store with some methods replaced. */
function withMethods(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => Reflect.get(methods, name) ?? Reflect.get(target, name).bind(target),
  })
}
