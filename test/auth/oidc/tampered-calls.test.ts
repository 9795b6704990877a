import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { RunningServer } from '../../../src/start-server.ts'
import { type AccessFileParts, writeAccessFile } from '../../support/access-file.ts'
import { apis } from '../../support/api.ts'
import { startInProcess } from '../../support/in-process.ts'
import { exchange } from '../../support/raw-http.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import { sendJson } from '../../support/send-json.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'
import { countStored } from '../../support/stored-count.ts'
import type { IssuerKey } from './issuer.ts'
import { AUDIENCE, ISSUER, START_S, tokenOf } from './setting.ts'
import { publishedKeys, tamperedTokens } from './tampered-tokens.ts'

const [, signer] = publishedKeys as [IssuerKey, IssuerKey]
const REVISION = { namespace: 'my-org', name: 'my-service', revision_tag: '1.0.0' }
/** An issuer that nobody can reach: no program listens on this port. */
const DOWN = 'http://127.0.0.1:1'
const PATH = '/services/my-org/my-service'

let storage: Storage
let folder: string
let server: RunningServer
const { log, lines } = recordingLogger()

// Anyone may do everything here: only the token itself can be the reason of a refusal.
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START_S * 1000 })
  folder = await mkdtemp(join(tmpdir(), 'waypost-tampered-'))
  const jwksFile = join(folder, 'jwks.json')
  await writeFile(jwksFile, JSON.stringify({ keys: publishedKeys.map(({ jwk }) => jwk) }))
  const others = { audiences: [AUDIENCE], issuers: [{ issuer: ISSUER, jwks_file: jwksFile }, { issuer: DOWN }] }
  const grants: AccessFileParts['grants'] = [{ permissions: ['admin'], on: ['*'], to: 'anyone' }]
  storage = await sqliteStorage()
  const file = await writeAccessFile(folder, { grants, others })
  server = await startInProcess(storage, { access: { file }, telemetry: { accessLog: true }, log })
})
afterAll(async () => {
  vi.useRealTimers()
  await server.close()
  await storage.remove()
  await rm(folder, { recursive: true })
})

// A client refuses to send a line end in a header, and headers of 16 KiB are tested below.
const sendable = tamperedTokens.filter(({ token }) => !token.includes('\n') && token.length < 14_000)

describe.each(Object.entries(apis))('over %s', (protocol, open) => {
  const callWith = async (authorization: string) => {
    const api = open(server.url, { authorization })
    try {
      return await api.attempt('register', REVISION)
    } finally {
      api.close()
    }
  }

  test(`none of the tampered tokens registers a revision over ${protocol}, although anyone may`, async () => {
    const before = await countStored(storage.location)
    const wrong: string[] = []
    for (const { what, token } of sendable) {
      const answer = await callWith(`Bearer ${token}`)
      const { reason, status, code } = answer.ok ? {} : answer.error
      const isRefused =
        reason === 'TOKEN_INVALID' && (protocol === 'REST' ? status === 401 : code === 'unauthenticated')
      if (!isRefused) wrong.push(`${what}: ${JSON.stringify(answer)}`)
    }
    expect(wrong).toEqual([])
    expect(sendable.length).toBeGreaterThan(60)
    expect(await countStored(storage.location)).toBe(before)
  })

  test(`another scheme than Bearer is refused over ${protocol}`, async () => {
    for (const authorization of ['Basic dXNlcjpwYXNz', 'abc', 'Bearer', 'Digest username="a"']) {
      expect(await callWith(authorization)).toMatchObject({ ok: false, error: { reason: 'TOKEN_INVALID' } })
    }
  })

  test(`a valid token registers a revision over ${protocol}, whatever the case of its scheme`, async () => {
    for (const [index, scheme] of ['Bearer', 'bearer'].entries()) {
      const api = open(server.url, { authorization: `${scheme} ${tokenOf(signer)}` })
      onTestFinished(() => api.close())
      const revision = { ...REVISION, revision_tag: `${protocol}-${index}`.replace(' ', '') }
      expect(await api.attempt('register', revision)).toMatchObject({ ok: true })
    }
  })
})

test('a refusal over REST is 401, and tells in WWW-Authenticate what is wrong', async () => {
  const headers = { authorization: `Bearer ${tokenOf(signer, { aud: 'https://other.example' })}` }
  const { status, headers: answered } = await sendJson(server.url, PATH, { headers })
  expect(status).toBe(401)
  expect(answered['www-authenticate']).toMatch(
    /^Bearer realm="waypost", error="invalid_token", error_description="the token is for the audience \(aud\) 'https:\/\/other\.example'; /,
  )
})

test.each([8_196, 12 * 1024, 16 * 1024, 64 * 1024])(
  'a token of %i characters is refused over HTTP/1.1 and HTTP/2, and the server goes on',
  async (length) => {
    const authorization = `Bearer ${'Zk3-'.repeat(length / 4)}`
    const { status } = await sendJson(server.url, PATH, { headers: { authorization } })
    expect([401, 431]).toContain(status)
    const api = apis.gRPC(server.url, { authorization })
    onTestFinished(() => api.close())
    const outcome = await api.attempt('get', { namespace: 'my-org', name: 'my-service' }).catch(() => ({ ok: false }))
    expect(outcome.ok).toBe(false)
    expect(await sendJson(server.url, '/livez')).toMatchObject({ status: 200 })
  },
)

test('while the keys of an issuer cannot be fetched, its tokens get 503 with a time to wait, and others are accepted', async () => {
  const get = (token: string) => sendJson(server.url, '/whoami', { headers: { authorization: `Bearer ${token}` } })
  const { status, headers, text } = await get(tokenOf(signer, { iss: DOWN }))
  expect({ status, wait: headers['retry-after'], ...JSON.parse(text) }).toEqual({
    status: 503,
    wait: '5',
    reason: 'ISSUER_UNREACHABLE',
    error: 'the keys of the issuer "http://127.0.0.1:1" cannot be fetched; try again later.',
  })
  expect(await get(tokenOf(signer))).toMatchObject({ status: 200 })
})

test('two headers Authorization are refused, even if the first one is valid', async () => {
  const valid = `Authorization: Bearer ${tokenOf(signer)}`
  const request = (...headers: string[]) =>
    ['GET /services/my-org/my-service HTTP/1.1', 'Host: a', 'Connection: close', ...headers, '', ''].join('\r\n')
  expect(await exchange(server.url, request(valid, valid))).toMatchObject({ status: 401 })
  expect(await exchange(server.url, request(valid))).not.toMatchObject({ status: 401 })
})

test('no log has a token or a signature of these calls', () => {
  expect(lines.length).toBeGreaterThan(3 * sendable.length)
  const text = JSON.stringify(lines)
  const signatures = tamperedTokens.map(({ token }) => token.split('.')[2] ?? '').filter(({ length }) => length > 40)
  expect(signatures.length).toBeGreaterThan(40)
  for (const signature of signatures) expect(text).not.toContain(signature.slice(0, 40))
})
