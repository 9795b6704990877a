import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeKey, signToken } from '../auth/oidc/issuer.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { type Api, everyApi, type OpenApi } from '../support/api.ts'
import { eventually } from '../support/eventually.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts'
import { exchange } from '../support/raw-http.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { startRegistryOfCallers } from '../support/registry-of-callers.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'

// Every text that is a secret begins with these characters, however a server may cut or encode it.
const MARK = `Mrk${randomBytes(6).toString('hex')}`

const service = { namespace: 'my-org', name: 'my-service' }
const owner = makeToken('owner')
const nobody = makeToken('nobody')

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = { iss: 'https://issuer.example', sub: 'a', aud: 'x', iat: 1, exp: 9_999_999_999 }
const jwt = (header: object, payload: object = claims) =>
  `${encode(header)}.${encode(payload)}.${MARK}${'s'.repeat(80)}`

const key = makeKey('ES256', 'a')
const now = Math.floor(Date.now() / 1_000)
const issuer = 'https://other.example'
const ofIssuer = { iss: issuer, sub: 'pipeline', aud: 'x', iat: now, exp: now + 3_600 }
const verified = signToken(key, { alg: 'ES256', kid: 'a' }, ofIssuer)
const expired = signToken(key, { alg: 'ES256', kid: 'a' }, { ...ofIssuer, exp: now - 3_600 })

/** The texts that the server must not repeat. */
const secrets = [
  MARK,
  ...[owner.token, nobody.token].map((token) => token.slice(0, 24)),
  ...[verified, expired].flatMap((token) => token.split('.').slice(1)).map((part) => part.slice(0, 40)),
]

/** Values of the header `Authorization`, by the reason why each of them is refused. */
const refused: Readonly<Record<string, string>> = {
  'an unknown token': `Bearer ${MARK}-unknown`,
  'a token without a grant': `Bearer ${nobody.token}`,
  'a JWT of an unknown issuer': `Bearer ${jwt({ alg: 'RS256', kid: 'a' })}`,
  'an expired JWT': `Bearer ${expired}`,
  'a JWT without an algorithm': `Bearer ${jwt({ alg: 'none' })}`,
  'a JWT whose header is no JSON': `Bearer ${MARK}.${encode(claims)}.${MARK}`,
  'a JWT whose claims are no JSON': `Bearer ${encode({ alg: 'ES256' })}.${MARK}.${MARK}`,
  'a JWT with five parts': `Bearer ${MARK}.${MARK}.${MARK}.${MARK}.${MARK}`,
  'another scheme': `Basic ${MARK}`,
  'no scheme': MARK,
  'two tokens': `Bearer ${MARK} ${MARK}`,
  'a character that no token has': `Bearer ${MARK}"{}`,
  'a token of 9 KiB': `Bearer ${MARK}${'x'.repeat(9 * 1024)}`,
}

let folder: string
let server: ServeProcess
let collector: OtlpReceiver
/** Everything that the server has answered. */
const answers: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  collector = await startOtlpReceiver()
  const others = { audiences: ['x'], issuers: [{ issuer, jwks_file: 'keys.json' }] }
  await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys: [key.jwk] }))
  const toBoth = [{ token: owner.name }, { iss: issuer, sub: 'pipeline' }]
  const grants = toBoth.map((to) => ({ permissions: ['admin'], on: ['my-org/*'], to }))
  const auth = await writeAccessFile(folder, { tokens: [owner, nobody], grants, others })
  server = await spawnServe([
    ...['--store', `sqlite:${join(folder, 'waypost.db')}`, '--auth', auth, '--access-log', 'true'],
    ...['--log-level', 'trace', '--otlp-endpoint', collector.endpoint],
  ])
})

afterAll(async () => {
  await server.stop()
  await collector[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function attempt(open: OpenApi, authorization: string): Promise<void> {
  const api: Api = open(server.url, { authorization })
  const requests = [
    ['get', { ...service, revision_tag: 'missing', view: 'FULL', explain: true }],
    ['register', { ...service, revision_tag: '1.0.0', request_id: 'request-1' }],
    ['register', { ...service, revision_tag: '1.0.0', description: 'other content' }],
    ['register', { namespace: 'other-org', name: 'a', revision_tag: '1.0.0' }],
    ['register', { ...service, revision_tag: '?' }],
    ['whoAmI', {}],
    ['listServices', {}],
  ] as const
  for (const [method, request] of requests) {
    const answer = await api.attempt(method, request)
    const { message, fields, metadata } = answer.ok
      ? { message: answer.response, fields: [], metadata: {} }
      : answer.error
    answers.push(JSON.stringify([message, fields, metadata]))
  }
  api.close()
}

async function expectNoToken(): Promise<void> {
  for (const secret of secrets) {
    for (const text of answers) expect(text).not.toContain(secret)
    expect(server.stderr()).not.toContain(secret)
    expect(JSON.stringify(collector.spans)).not.toContain(secret)
  }
  // Node keeps the bytes of a request that it cannot parse in its error.
  expect(server.stderr()).not.toContain('rawPacket')
}

describe.for(Object.entries(everyApi))('over %s', ([, open]) => {
  test.for(Object.entries(refused))('a server that refuses %s repeats nothing of it', async ([, authorization]) => {
    await attempt(open, authorization)
    await expectNoToken()
  })

  test.for([owner.token, verified])('a server that accepts a token repeats nothing of it', async (token) => {
    await attempt(open, `Bearer ${token}`)
    await expectNoToken()
  })
})

test.for([
  ['a path with a query', `GET /services/my-org/my-service?access_token=${owner.token} HTTP/1.1`, 401],
  ['a path with a query for a token', `GET /whoami?access_token=${owner.token} HTTP/1.1`, 400],
  ['a path that does not exist', `GET /no/such/path?access_token=${owner.token} HTTP/1.1`, 404],
  [
    'a query of Connect',
    `GET /waypost.v1.ServiceRegistry/ListServices?encoding=json&message=%7B%7D&access_token=${owner.token} HTTP/1.1`,
    401,
  ],
] as const)('a token in %s is no credential, and nobody repeats it', async ([, line, status]) => {
  const answer = await exchange(server.url, `${line}\r\nHost: a\r\nConnection: close\r\n\r\n`)
  expect(answer.status).toBe(status)
  answers.push(answer.head + answer.text)
  await expectNoToken()
})

test('a token in the form of a body is no credential, and nobody repeats it', async () => {
  const body = `access_token=${owner.token}`
  const head = `POST /services/my-org/my-service HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded`
  const answer = await exchange(
    server.url,
    `${head}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  expect(answer.status).toBe(401)
  answers.push(answer.head + answer.text)
  await expectNoToken()
})

test.for([
  [
    'two headers',
    `GET /services/a/b HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${MARK}\r\nAuthorization: Bearer ${MARK}`,
  ],
  ['a header that is not valid HTTP', `GET / HTTP/1.1\r\nHost: a\r\nAuthorization : Bearer ${MARK}`],
  ['a method that does not exist', `BREW /services/a/b HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${MARK}`],
  ['headers that are too long', `GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${MARK}${'x'.repeat(70_000)}`],
  [
    'a body that is too large',
    `POST /services/a/b HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${owner.token}\r\nContent-Length: 99999999`,
  ],
  [
    'a host that the server does not serve',
    `GET /services/a/b HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer ${MARK}`,
  ],
  [
    'a foreign origin',
    `POST /services/a/b HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\nAuthorization: Bearer ${MARK}\r\nContent-Length: 2`,
  ],
] as const)('a server that gets a token in a request with %s repeats nothing of it', async ([, head]) => {
  const answer = await exchange(server.url, `${head}\r\nConnection: close\r\n\r\n{}`)
  expect(answer.status).toBeGreaterThanOrEqual(400)
  answers.push(answer.head + answer.text)
  await expectNoToken()
})

test.for([
  ['throws', () => JSON.parse('{') as never],
  ['rejects', () => Promise.reject(new TypeError('it failed', { cause: new Error('why') }))],
] as const)('a failure of the authentication itself that %s is logged without the token', async ([, authenticate]) => {
  const { log, lines } = recordingLogger()
  const storage = await sqliteStorage()
  const failing = await startRegistryOfCallers(storage, {}, { log, accessLog: log, authenticate })
  for (const open of Object.values(everyApi)) {
    const api = open(failing.url, { authorization: `Bearer ${MARK}` })
    expect(await api.attempt('get', service)).toMatchObject({ ok: false, error: { message: 'internal error' } })
    api.close()
  }
  await failing.close()
  await storage.remove()
  expect(lines.filter(({ message }) => message === 'a call failed').length).toBe(Object.keys(everyApi).length)
  const shown = inspect(lines, { depth: 10, showHidden: true })
  expect(shown).toContain('answered a request')
  for (const secret of secrets) expect(shown).not.toContain(secret)
})

test('the log has the principal of each call and the refusals, so the other tests have searched something', async () => {
  const lines = server.stderr()
  expect(lines).toContain(`"principal":"token:${owner.name}"`)
  expect(lines).toContain('"principal":"anonymous"')
  expect(lines).toMatch(/"msg":"a caller lacks a permission"/)
  await eventually('the spans arrive', async () => collector.spans.length > 10)
  await expectNoToken()
})

test('the store contains no part of a token', async () => {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('waypost.db')) continue
    const content = await readFile(join(folder, name), 'latin1')
    for (const secret of secrets) expect(content).not.toContain(secret)
  }
})
