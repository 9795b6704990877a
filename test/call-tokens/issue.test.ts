import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { type Api, type ApiError, everyApi, type Fields } from '../support/api.ts'
import { startInProcess } from '../support/in-process.ts'
import { sendJson } from '../support/send-json.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const PUBLIC_URL = 'https://registry.example.com/waypost'
const service = { namespace: 'my-org', name: 'my-service' }

let storage: Storage
let keys = ''
let server: RunningServer
let off: RunningServer
let rest: Api

beforeAll(async () => {
  storage = await sqliteStorage()
  keys = await mkdtemp(join(tmpdir(), 'waypost-keys-'))
  const issuer = { kind: 'jwt', publicUrl: PUBLIC_URL, signingKeys: keys } as const
  server = await startInProcess(storage, { callTokens: { publicUrl: PUBLIC_URL, issuer } })
  off = await startInProcess(storage)
  rest = everyApi.REST(server.url)
  for (const tag of ['1.2.8', '1.2.9', '1.3.0-beta', '2.0.0']) {
    const endpoints = [{ protocol: 'https', uri: `https://${tag}.example.com` }]
    await rest.call('register', {
      ...service,
      revision_tag: tag,
      endpoints,
      labels: { tier: tag === '1.2.8' ? 'a' : 'b' },
    })
  }
  await rest.call('setAlias', { ...service, alias: 'stable', revision_tag: '1.2.9' })
  await rest.call('register', { ...service, revision_tag: '3.0.0' })
  await rest.call('setAlias', { ...service, alias: 'bad', revision_tag: '3.0.0' })
  await rest.call('yank', { ...service, revision_tag: '3.0.0' })
})
afterAll(async () => {
  rest.close()
  await Promise.all([server.close(), off.close()])
  await storage.remove()
  await rm(keys, { recursive: true })
})

const issue = (fields: Fields = {}, api = rest) => api.call('issueCallToken', { ...service, ...fields })
const refused = (fields: Fields, api = rest) =>
  issue(fields, api).then(
    () => 'issued',
    ({ reason, message, fields: names }: ApiError) => [reason, message, names],
  )
const tokenOf = ({ access_token }: Fields) => String(access_token)

describe.for(Object.entries(everyApi))('over %s', ([, open]) => {
  test('a token names exactly the revision that it is for, and the caller', async () => {
    const api = open(server.url)
    const answer = await issue({}, api)
    api.close()
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
    expect(answer.revision).toMatchObject({
      ...{ ...service, revision_tag: '2.0.0', is_default: true },
      endpoints: [{ protocol: 'https', uri: 'https://2.0.0.example.com' }],
    })
    const claims = decodeJwt(tokenOf(answer))
    expect(decodeProtectedHeader(tokenOf(answer))).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) })
    expect(claims).toEqual({
      ...{ iss: PUBLIC_URL, aud: 'waypost:my-org/my-service:2.0.0' },
      ...{ sub: 'waypost:anonymous', client_id: 'waypost:anonymous' },
      ...{ iat: expect.any(Number), exp: Number(claims.iat) + 300, jti: expect.stringMatching(/^[\w-]{36}$/) },
      waypost: { ...service, revision_tag: '2.0.0', generation: 8 },
    })
  })
})

test.for(Object.entries(everyApi))(
  'over %s, a token is for the candidate that a rollout gives the targeting key',
  async ([, open]) => {
    const other = { namespace: 'my-org', name: 'rolled-out' }
    for (const [is_default, revision_tag] of [
      [true, '1.0.0'],
      [false, '2.0.0'],
    ] as const) {
      await rest.call('register', { ...other, revision_tag, is_default })
    }
    const candidates = [{ revision_tag: '2.0.0', weight: 20_000 }]
    await rest.call('setRollout', { ...other, candidates, salt: 's1' })
    const api = open(server.url)
    for (const [targeting_key, revision_tag] of [
      ['user-1', '1.0.0'],
      ['user-2', '2.0.0'],
    ] as const) {
      const answer = await issue({ ...other, targeting_key }, api)
      expect(answer.revision).toMatchObject({ revision_tag })
      expect(decodeJwt(tokenOf(answer))).toMatchObject({ aud: `waypost:my-org/rolled-out:${revision_tag}` })
    }
    api.close()
    expect(await refused({ ...other, targeting_key: 'x'.repeat(257) })).toContain('INVALID_TARGETING_KEY')
  },
)

test('no two tokens have the same id', async () => {
  const ids = await Promise.all([1, 2, 3].map(async () => decodeJwt(tokenOf(await issue())).jti))
  expect(new Set(ids).size).toBe(3)
})

test.for<readonly [Fields, string]>([
  [{ revision_tag: '1.2.8' }, '1.2.8'],
  [{ version_range: '^1.2.0' }, '1.2.9'],
  [{ version_range: '^1.2.0', include_prerelease: true }, '1.3.0-beta'],
  [{ version_range: '*', label_selector: 'tier=a' }, '1.2.8'],
  [{ alias: 'stable' }, '1.2.9'],
])('a token is for the revision that a lookup with %o finds', async ([selector, tag]) => {
  const answer = await issue(selector)
  expect(decodeJwt(tokenOf(answer))).toMatchObject({
    aud: `waypost:my-org/my-service:${tag}`,
    waypost: { revision_tag: tag },
  })
  expect((await rest.call('get', { ...service, ...selector })).revision).toEqual(answer.revision)
})

test.for<readonly [Fields, string, readonly string[]]>([
  [{ revision_tag: '3.0.0' }, 'REVISION_YANKED', []],
  [{ alias: 'bad' }, 'REVISION_YANKED', []],
  [{ revision_tag: '9.9.9' }, 'REVISION_NOT_FOUND', []],
  [{ alias: 'none' }, 'ALIAS_NOT_FOUND', []],
  [{ name: 'none' }, 'SERVICE_NOT_FOUND', []],
  [{ revision_tag: '1.2.8', alias: 'stable' }, 'CONFLICTING_SELECTORS', ['revision_tag', 'alias']],
  [{ version_range: 'x y' }, 'INVALID_VERSION_RANGE', ['version_range']],
  [{ label_selector: '!!' }, 'INVALID_LABEL_SELECTOR', ['label_selector']],
  [{ lifetime_seconds: 59 }, 'INVALID_LIFETIME', ['lifetime_seconds']],
  [{ lifetime_seconds: 3601 }, 'INVALID_LIFETIME', ['lifetime_seconds']],
  [{ lifetime_seconds: -1 }, 'INVALID_LIFETIME', ['lifetime_seconds']],
])('a request with %o gets no token: %s', async ([fields, reason, names]) => {
  expect(await refused(fields)).toEqual([reason, expect.any(String), names])
})

test('the refusals of a yanked revision and of a lifetime tell what to do', async () => {
  expect((await refused({ revision_tag: '3.0.0' }))[1]).toBe(
    'my-org/my-service:3.0.0 is yanked; choose a revision that is not yanked.',
  )
  expect((await refused({ lifetime_seconds: 59 }))[1]).toBe(
    'lifetime_seconds is 59; use 60 to 3600, or leave it out for 300.',
  )
})

test.for([60, 3600])('a token may be valid for %i seconds', async (seconds) => {
  const answer = await issue({ lifetime_seconds: seconds })
  expect(answer.expires_in).toBe(seconds)
  const { iat, exp } = decodeJwt(tokenOf(answer))
  expect(Number(exp) - Number(iat)).toBe(seconds)
})

test('a server without --call-tokens issues none, and publishes no keys', async () => {
  const api = everyApi.gRPC(off.url)
  expect(await refused({}, api)).toEqual([
    'CALL_TOKENS_OFF',
    'this server issues no tokens to call revisions; start it with --call-tokens.',
    [],
  ])
  api.close()
  for (const path of ['/.well-known/jwks.json', '/.well-known/oauth-authorization-server']) {
    expect((await sendJson(off.url, path)).status).toBe(404)
  }
})

const RPC = '/waypost.v1.ServiceRegistry/IssueCallToken'

test.for([
  ['REST', '/services/my-org/my-service/token', {}],
  ['Connect', RPC, { 'content-type': 'application/json' }],
  ['gRPC-Web', RPC, { 'content-type': 'application/grpc-web+json' }],
] as const)('nobody may store an answer over %s', async ([protocol, path, headers]) => {
  const json = Buffer.from(protocol === 'REST' ? '{}' : JSON.stringify(service))
  const head = Buffer.alloc(5)
  head.writeUInt32BE(json.length, 1)
  const body = protocol === 'gRPC-Web' ? Buffer.concat([head, json]) : json
  const answer = await new Promise<{ status: number | undefined; cache: string | undefined; text: string }>(
    (resolve) => {
      const sent = request(`${server.url}${path}`, { method: 'POST', headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => {
          text += part
        })
        response.on('end', () =>
          resolve({ status: response.statusCode, cache: response.headers['cache-control'], text }),
        )
      })
      sent.end(body)
    },
  )
  expect(answer).toMatchObject({ status: 200, cache: 'no-store', text: expect.stringMatching(/access_?token/i) })
})

test('nobody may store an answer over gRPC', async () => {
  const session = connect(server.url)
  const json = Buffer.from(JSON.stringify(service))
  const head = Buffer.alloc(5)
  head.writeUInt32BE(json.length, 1)
  const stream = session.request({
    ':method': 'POST',
    ':path': RPC,
    'content-type': 'application/grpc+json',
    te: 'trailers',
  })
  stream.end(Buffer.concat([head, json]))
  const headers = await new Promise<Record<string, unknown>>((resolve) => {
    stream.on('response', resolve)
  })
  stream.resume()
  session.destroy()
  expect(headers).toMatchObject({ ':status': 200, 'cache-control': 'no-store' })
})

test('a web page of a foreign origin gets no token', async () => {
  const headers = { origin: 'https://evil.example' }
  const answer = await sendJson(server.url, '/services/my-org/my-service/token', { body: {}, headers })
  expect([answer.status, JSON.parse(answer.text).reason]).toEqual([403, 'ORIGIN_NOT_ALLOWED'])
})
