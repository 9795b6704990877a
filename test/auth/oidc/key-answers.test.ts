import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type IssuerKey, makeKey } from './issuer.ts'
import { setting, tokenOf } from './setting.ts'

// These tests use Node's own client over a socket, because only a real answer arrives in parts.
const key: IssuerKey = makeKey('ES256', 'k1')
let answer: RequestListener
let elsewhere = 0
const server = createServer((request, response) => {
  if (request.url === '/elsewhere') elsewhere += 1
  if (request.url !== '/jwks') return void response.end(JSON.stringify({ keys: [key.jwk] }))
  answer(request, response)
})
let origin = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function overTheNetwork(fetchTimeoutMs?: number) {
  const issuers = [{ issuer: origin, jwksUri: `${origin}/jwks` }]
  const made = setting([], { issuers, fetch: undefined, fetchTimeoutMs })
  return { ...made, send: () => made.authenticate(tokenOf(key, { iss: origin })) }
}

test('keys are fetched over http from the machine of the server', async () => {
  answer = (_request, response) => response.end(JSON.stringify({ keys: [key.jwk] }))
  await expect(overTheNetwork().send()).resolves.toMatchObject({ principal: { issuer: origin } })
})

test('an answer of 10 MB is dropped after 1 MiB', async () => {
  const over = Promise.withResolvers<boolean>()
  answer = (_request, response) => {
    response.on('close', () => over.resolve(response.writableFinished))
    Readable.from(Array.from({ length: 160 }, () => Buffer.alloc(64 * 1024, ' '))).pipe(response)
  }
  const { send, lines } = overTheNetwork()
  await expect(send()).rejects.toMatchObject({ reason: 'ISSUER_UNREACHABLE' })
  expect(await over.promise).toBe(false)
  expect(lines).toMatchObject([{ fields: { err: { message: expect.stringContaining('more than 1 MiB') } } }])
})

test('a small answer that unpacks to 10 MB is dropped, too', async () => {
  const packed = gzipSync(Buffer.alloc(10 * 1024 * 1024, ' '))
  answer = (_request, response) => response.setHeader('content-encoding', 'gzip').end(packed)
  const { send, lines } = overTheNetwork()
  await expect(send()).rejects.toMatchObject({ reason: 'ISSUER_UNREACHABLE' })
  expect(lines).toMatchObject([{ fields: { err: { message: expect.stringContaining('more than 1 MiB') } } }])
})

test('an issuer that never ends its answer is given up after the time limit', async () => {
  answer = (_request, response) => void response.write('{"keys":[')
  const { send, lines } = overTheNetwork(100)
  await expect(send()).rejects.toMatchObject({ reason: 'ISSUER_UNREACHABLE' })
  expect(lines).toMatchObject([{ fields: { err: { name: 'TimeoutError' } } }])
})

test('an issuer that never answers is given up after the time limit', async () => {
  answer = () => {}
  await expect(overTheNetwork(100).send()).rejects.toMatchObject({ reason: 'ISSUER_UNREACHABLE' })
})

test.each([301, 302, 303, 307, 308])('a redirect with the status %i is not followed', async (status) => {
  answer = (_request, response) => response.writeHead(status, { location: '/elsewhere' }).end()
  await expect(overTheNetwork().send()).rejects.toMatchObject({ reason: 'ISSUER_UNREACHABLE' })
  expect(elsewhere).toBe(0)
})

test('an issuer that cuts the connection cannot be reached', async () => {
  answer = (request) => request.socket.destroy()
  await expect(overTheNetwork().send()).rejects.toMatchObject({ reason: 'ISSUER_UNREACHABLE' })
})

test('closing the authenticator ends its requests', async () => {
  const asked = Promise.withResolvers<void>()
  answer = () => asked.resolve()
  const { send, authenticator } = overTheNetwork()
  const sent = send()
  const ended = expect(sent).rejects.toMatchObject({ reason: 'ISSUER_UNREACHABLE' })
  await asked.promise
  authenticator.close()
  await ended
})

test.each([
  'http://issuer.example',
  'http://10.0.0.1',
  'http://127.0.0.1.evil.example',
  'http://localhost.evil.example',
  'http://evil-localhost',
  'ftp://issuer.example',
  'issuer.example',
  'https://user:secret@issuer.example',
  'https://issuer.example#part',
  '',
])('the issuer %j is refused, because nobody proves that its keys are its own', (issuer) => {
  expect(() => setting([], { issuers: [{ issuer }] })).toThrow(
    /^issuer ".*" (is not an https URL|has a user or a fragment);/,
  )
})

test('the URL of keys over http on another machine is refused', () => {
  const issuers = [{ issuer: 'https://issuer.example', jwksUri: 'http://issuer.example/jwks' }]
  expect(() => setting([], { issuers })).toThrow('jwks_uri "http://issuer.example/jwks" is not an https URL')
})

test.each(['http://localhost:1', 'http://127.0.0.1:1', 'http://127.1.2.3', 'http://[::1]:1'])(
  'the issuer %s is allowed for development, because nobody is between',
  (issuer) => {
    expect(() => setting([], { issuers: [{ issuer }] })).not.toThrow()
  },
)
