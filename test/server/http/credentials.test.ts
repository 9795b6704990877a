import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, get } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { ClientCertificate } from '../../../src/domain/access/identity.ts'
import { certificateOf } from '../../../src/server/http/credentials.ts'
import type { Exchange } from '../../../src/server/http/exchange.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import { createListener } from '../../../src/server/listen/listener.ts'
import type { TlsMaterial } from '../../../src/server/listen/tls.ts'
import { silentLogger } from '../../../src/telemetry/logger.ts'
import {
  decodeFrames,
  END_HEADERS,
  END_STREAM,
  encodeFrame,
  encodeHeaders,
  frameType,
  GREETING,
} from '../../support/http2-frames.ts'

const pem = (name: string) => readFileSync(new URL(`../../support/tls/${name}.pem`, import.meta.url), 'utf8')
const clientOf = (name: string) => ({ cert: pem(name), key: pem(`${name}-key`) })
const server = { cert: pem('server'), key: pem('server-key') }
const ca = pem('ca')
/** The authorities of clients. The certificates of the deployer and the expired one have signed themselves. */
const clientCa = `${ca}${pem('deployer')}${pem('expired')}`

interface Seen {
  readonly authorization?: string
  readonly certificate?: ClientCertificate
}

/** A listener that answers with the credentials of each request. */
async function listen(tls?: TlsMaterial) {
  const seen: Exchange['certificate'][] = []
  const answer = (exchange: Exchange) => {
    const { authorization, certificate } = exchange
    seen.push(certificate)
    exchange.send({ status: 200, headers: {}, body: JSON.stringify({ authorization, certificate }) })
  }
  const listener = createListener(answer, { limits: defaultLimits, log: silentLogger, tls })
  onTestFinished(() => listener.close(0))
  const { port } = await listener.listen('127.0.0.1', 0)
  return { port, seen }
}

/** Sends a request over HTTP/1.1 with TLS. */
async function overHttp1(port: number, options: object = {}): Promise<Seen> {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 1, ...options })
  onTestFinished(() => agent.destroy())
  return new Promise((resolve, reject) => {
    const url = `https://127.0.0.1:${port}/`
    get(url, { agent }, (response) => text(response).then((body) => resolve(JSON.parse(body)), reject)).on(
      'error',
      reject,
    )
  })
}

/** Sends requests over one HTTP/2 session with TLS, and returns the last answer. */
async function overHttp2(port: number, options: object = {}, count = 1): Promise<Seen> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, ...options })
  onTestFinished(() => session.destroy())
  const failed = new Promise<never>((_, reject) => session.on('error', reject))
  const ask = async () => JSON.parse(await text(session.request({ ':path': '/' }).on('error', () => {})))
  let last: Seen = {}
  for (let index = 0; index < count; index += 1) last = await Promise.race([ask(), failed])
  return last
}

const versions = [
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
] as const

describe.each(versions)('the certificate of a client over %s', (_version, send) => {
  test('a request has the subject of the certificate of its client, with a comma in a name escaped', async () => {
    const { port } = await listen({ ...server, clientCa })
    const certificate = { subject: 'CN=Deployer\\, blue,O=My Org\\, Inc.,C=GB', isTrusted: true }
    expect(await send(port, clientOf('deployer'))).toEqual({ certificate })
  })

  test('a client without a certificate is refused by default', async () => {
    const { port, seen } = await listen({ ...server, clientCa })
    await expect(send(port)).rejects.toThrow()
    await expect(send(port, clientOf('stranger'))).rejects.toThrow()
    expect(seen).toEqual([])
  })

  test('with "request", a client without a certificate is served, and has none', async () => {
    const { port } = await listen({ ...server, clientCa, clientAuth: 'request' })
    expect(await send(port)).toEqual({})
  })

  test.each([
    ['of an authority is trusted', 'client', 'CN=client', true],
    ['that nobody known has signed is not trusted', 'stranger', 'CN=Waypost test stranger', false],
    ['that has expired is not trusted', 'expired', 'CN=expired', false],
  ])('with "request", a certificate %s', async (_what, name, subject, isTrusted) => {
    const { port } = await listen({ ...server, clientCa, clientAuth: 'request' })
    expect(await send(port, clientOf(name))).toEqual({ certificate: { subject, isTrusted } })
  })

  test('a server that does not ask for certificates sees none', async () => {
    const { port } = await listen(server)
    expect(await send(port, clientOf('client'))).toEqual({})
  })
})

test('all requests of a session have the same certificate object', async () => {
  const { port, seen } = await listen({ ...server, clientCa })
  await overHttp2(port, clientOf('client'), 3)
  expect(seen).toHaveLength(3)
  expect(new Set(seen).size).toBe(1)
})

test('a session that is resumed with a ticket keeps the certificate of its client', async () => {
  const { port } = await listen({ ...server, clientCa, clientAuth: 'request' })
  let session: Buffer | undefined
  const agent = { ...clientOf('client'), maxVersion: 'TLSv1.2' } as const
  const first = connectHttp2(`https://127.0.0.1:${port}`, { ca, ...agent })
  first.socket.on('session', (ticket: Buffer) => {
    session = ticket
  })
  await text(first.request({ ':path': '/' }))
  first.destroy()
  expect(session).toBeDefined()
  expect(await overHttp2(port, { maxVersion: 'TLSv1.2', session })).toEqual({
    certificate: { subject: 'CN=client', isTrusted: true },
  })
})

test('a part of a subject with several values and control characters cannot look like another part', () => {
  const certificate = new X509Certificate(pem('odd'))
  const socket = { authorized: true, getPeerX509Certificate: () => certificate }
  expect(certificateOf({}, () => socket)?.subject).toBe(
    'O=\\ \\"x\\"\\; \\<y\\>,UID=u1+CN=a\\0ACN=admin,OU=R\\+D,DC=example',
  )
})

test('a certificate without a subject has an empty one', () => {
  const socket = {
    authorized: true,
    getPeerX509Certificate: () => ({ subject: undefined, validToDate: new Date(8e15) }),
  }
  expect(certificateOf({}, () => socket)).toEqual({ subject: '', isTrusted: true })
})

test('a certificate that expires while its connection is open is no longer trusted', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000 })
  onTestFinished(() => void vi.useRealTimers())
  const certificate = { subject: 'CN=client', validToDate: new Date(2_000) }
  const connection = { authorized: true, getPeerX509Certificate: () => certificate }
  const isTrusted = () => certificateOf(connection, () => connection)?.isTrusted
  expect(isTrusted()).toBe(true)
  vi.setSystemTime(1_999)
  expect(isTrusted()).toBe(true)
  vi.setSystemTime(2_000)
  expect(isTrusted()).toBe(false)
})

/** Sends lines of a request over HTTP/1.1 in clear text. */
async function sendRaw(port: number, ...headers: readonly string[]): Promise<Seen> {
  const socket = connectTcp(port, '127.0.0.1')
  socket.write(`${['GET / HTTP/1.1', 'Host: a', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`)
  return JSON.parse((await text(socket)).split('\r\n\r\n')[1] ?? '')
}

describe('several headers Authorization', () => {
  test('one header is passed on as it is, whatever the case of its name', async () => {
    const { port } = await listen()
    expect(await sendRaw(port, 'AUTHORIZATION: Bearer a')).toEqual({ authorization: 'Bearer a' })
    expect(await sendRaw(port)).toEqual({})
  })

  test('two headers over HTTP/1.1 are not taken for one', async () => {
    const { port } = await listen()
    const seen = await sendRaw(port, 'Authorization: Bearer a', 'authorization: Bearer b')
    expect(seen).toEqual({ authorization: 'Bearer a, Bearer b' })
  })

  test('two headers over HTTP/2 are not taken for one', async () => {
    const { port } = await listen()
    const socket = connectTcp(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    // No client library sends two.
    const fields = [{ ':method': 'GET', ':scheme': 'http', ':authority': 'a', ':path': '/' }]
    const headers = [...fields, { authorization: 'Bearer a' }, { authorization: 'Bearer b' }].map(encodeHeaders)
    const payload = Buffer.concat(headers)
    socket.write(GREETING)
    socket.write(encodeFrame({ type: frameType.headers, flags: END_HEADERS | END_STREAM, stream: 1, payload }))
    let received = Buffer.alloc(0)
    let body: string | undefined
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk])
      body = decodeFrames(received)
        .find(({ type, payload }) => type === frameType.data && payload.length > 0)
        ?.payload.toString()
      if (body !== undefined) break
    }
    expect(JSON.parse(body ?? '')).toEqual({ authorization: 'Bearer a, Bearer b' })
  })
})
