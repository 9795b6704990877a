import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { defaultLimits } from '../../../src/server/limits.ts'
import { eventually } from '../../support/eventually.ts'
import { type ListeningRegistry, listeningRegistry } from '../../support/listening-registry.ts'

// The parser of Node accepts some requests that HTTP/1.1 forbids, and leaves it to the server to answer the others.

const HOST = 'Host: a\r\n'
const SERVICE = '/services/my-org/victim'
const RPC = '/waypost.v1.ServiceRegistry/Register'
const get = (line: string, headers = HOST, rest = '') => `${line}\r\n${headers}\r\n${rest}`
const post = (headers: string, body: string, path = SERVICE, version = '1.1') =>
  get(`POST ${path} HTTP/${version}`, `${HOST}Content-Type: application/json\r\n${headers}`, body)
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body)
const good = get('GET /livez HTTP/1.1')
const TAGLESS = 400

/** The bytes of a client, and the final statuses that it must get, one for each request. */
type Case = readonly [name: string, bytes: string, statuses: readonly number[], isClosed: boolean]

const single: readonly Case[] = [
  ['has two Host headers', get('GET /livez HTTP/1.1', 'Host: a\r\nHost: b\r\n'), [400], false],
  ['has the same Host header twice', get('GET /livez HTTP/1.1', 'Host: a\r\nHost: a\r\n'), [400], false],
  ['has no Host header', get('GET /livez HTTP/1.1', ''), [400], false],
  ['has a Host with a space', get('GET /livez HTTP/1.1', 'Host: a b\r\n'), [400], false],
  ['names HTTP/2.0', get('GET /livez HTTP/2.0'), [505], true],
  ['names HTTP/2.0 and has a body', post('Content-Length: 2\r\n', '{}', SERVICE, '2.0'), [505], true],
  ['names HTTP/2.0 and is a CONNECT', get('CONNECT a:80 HTTP/2.0'), [505], true],
  ['names HTTP/3.0', get('GET /livez HTTP/3.0'), [505], true],
  ['names HTTP/1.2', get('GET /livez HTTP/1.2'), [505], true],
  ['names HTTP/0.9', get('GET /livez HTTP/0.9'), [505], true],
  ['names no version', 'GET /livez\r\n\r\n', [505], true],
  ['names a version of two digits', get('GET /livez HTTP/1.10'), [400], true],
  ['names its version in lower case', get('GET /livez http/1.1'), [400], true],
  ['has two lengths', post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'), [400], true],
  ['has a list of lengths', post('Content-Length: 2, 2\r\n', '{}'), [400], true],
  [
    'has a length and chunks',
    post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'),
    [400],
    true,
  ],
  ['has an unknown transfer-encoding', post('Transfer-Encoding: x\r\n', '{}'), [501], true],
  ['has compressed chunks', post('Transfer-Encoding: gzip, chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'), [501], true],
  ['has chunks twice', post('Transfer-Encoding: chunked, chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'), [400], true],
  [
    'has chunks in HTTP/1.0',
    post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n', SERVICE, '1.0'),
    [400],
    true,
  ],
  ['ends its lines with LF', 'GET /livez HTTP/1.1\nHost: a\n\n', [400], true],
  ['ends a header with LF', get('GET /livez HTTP/1.1', 'Host: a\nX: b\r\n'), [400], true],
  ['has a CR in a header', get('GET /livez HTTP/1.1', 'Host: a\rX: b\r\n'), [400], true],
  ['has a folded header', get('GET /livez HTTP/1.1', `${HOST}X: b\r\n c\r\n`), [400], true],
  ['begins its headers with a folded line', get('GET /livez HTTP/1.1', ` ${HOST}`), [400], true],
  ['has a space before a colon', get('GET /livez HTTP/1.1', 'Host : a\r\n'), [400], true],
  ['has a NUL in a header', get('GET /livez HTTP/1.1', `${HOST}X: a\0b\r\n`), [400], true],
  ['has an unknown method', get('FOO /livez HTTP/1.1'), [400], true],
  ['has a space in its target', get('GET /live z HTTP/1.1'), [400], true],
  ['has headers that are too long', get('GET /livez HTTP/1.1', `${HOST}X: ${'a'.repeat(20_000)}\r\n`), [431], true],
  ['has a target that is too long', get(`GET /${'a'.repeat(20_000)} HTTP/1.1`), [431], true],
  ['has a broken chunk', chunked('zz\r\n'), [400], true],
  ['has a chunk that is longer than its size', chunked('2\r\n{}x\r\n0\r\n\r\n'), [400], true],
  [
    'has a broken chunk that nobody reads',
    get('GET /livez HTTP/1.1', `${HOST}Transfer-Encoding: chunked\r\n`, 'zz\r\n'),
    [200],
    true,
  ],
  ['has a broken chunk over Connect', post('Transfer-Encoding: chunked\r\n', 'zz\r\n', RPC), [400], true],
  ['has the URL as its target', get('GET http://a/livez HTTP/1.1'), [200], false],
  ['has a URL without a path as its target', get('GET http://a HTTP/1.1'), [200], false],
  ['has the URL of another host as its target', get('GET http://b:1/livez HTTP/1.1'), [200], false],
  [
    'has the URL as its target, and two Host headers',
    get('GET http://a/livez HTTP/1.1', 'Host: a\r\nHost: b\r\n'),
    [400],
    false,
  ],
  ['has the URL as its target, and no Host header', get('GET http://a/livez HTTP/1.1', ''), [400], false],
  ['has a URL with a user as its target', get('GET http://u@a/livez HTTP/1.1'), [400], true],
  ['has a URL with a host that is not valid', get('GET http://a:99999/livez HTTP/1.1'), [400], false],
  ['has a URL with another scheme as its target', get('GET ftp://a/livez HTTP/1.1'), [400], true],
  ['asks for the options of the server', get('OPTIONS * HTTP/1.1'), [204], false],
  ['asks two hosts for the options of the server', get('OPTIONS * HTTP/1.1', 'Host: a\r\nHost: b\r\n'), [400], false],
  ['is HTTP/1.0 and has no Host header', get('GET /livez HTTP/1.0', ''), [200], true],
  ['is a registration in HTTP/1.0 and has no Host header', get(`POST ${SERVICE} HTTP/1.0`, ''), [TAGLESS], true],
  [
    'is an HTTP/1.0 request over Connect and has no Host header',
    get(`POST ${RPC} HTTP/1.0`, 'Content-Type: application/json\r\nContent-Length: 2\r\n', '{}'),
    [400],
    true,
  ],
  ['is HTTP/1.0 and has two Host headers', get('GET /livez HTTP/1.0', 'Host: a\r\nHost: b\r\n'), [400], true],
  ['has a star as its target', get('GET * HTTP/1.1'), [400], true],
  ['is a CONNECT', get('CONNECT a:80 HTTP/1.1', HOST, good), [405], true],
  [
    'is refused before its body was asked for',
    post('Expect: 100-continue\r\nContent-Length: 2000000\r\n', ''),
    [413],
    true,
  ],
  [
    'is from a foreign page and waits to send its body',
    post('Origin: http://b\r\nExpect: 100-continue\r\nContent-Length: 2\r\n', ''),
    [403],
    true,
  ],
  ['has an unknown expectation', post('Expect: x\r\nContent-Length: 2\r\n', '{}'), [TAGLESS], false],
]

const several: readonly Case[] = [
  ['two requests', good + good, [200, 200], false],
  [
    'a request with a body that nobody reads, and another',
    get('GET /livez HTTP/1.1', `${HOST}Content-Length: 5\r\n`, `abcde${good}`),
    [200, 200],
    false,
  ],
  ['requests with a slow and a fast answer', get('GET /readyz HTTP/1.1') + good, [200, 200], false],
  ['empty lines and a request', `\r\n\r\n${good}`, [200], false],
  ['a request and garbage', `${good}garbage\r\n\r\n`, [200, 400], true],
  [
    'requests with slow answers and garbage',
    `${get('GET /readyz HTTP/1.1')}${get('GET /readyz HTTP/1.1')}garbage\r\n\r\n`,
    [200, 200, 400],
    true,
  ],
  ['a registration and garbage', `${post('Content-Length: 2\r\n', '{}')}garbage\r\n\r\n`, [TAGLESS, 400], true],
  ['a registration without a length and its body', post('', '{}'), [TAGLESS, 400], true],
  ['a request, and one with a broken chunk', good + chunked('zz\r\n'), [200, 400], true],
  [
    'a request that ends the connection, and another',
    get('GET /livez HTTP/1.1', `${HOST}Connection: close\r\n`, good),
    [200],
    true,
  ],
  [
    'a request that ends the connection, and garbage',
    get('GET /readyz HTTP/1.1', `${HOST}Connection: close\r\n`, 'garbage'),
    [200],
    true,
  ],
  ['an HTTP/1.0 request, and another', get('GET /livez HTTP/1.0', HOST, good), [200], true],
  [
    'an upgrade to h2c, and another request',
    get('GET /livez HTTP/1.1', `${HOST}Connection: Upgrade\r\nUpgrade: h2c\r\n`, good),
    [200],
    true,
  ],
  [
    'a registration that waits to send its body',
    post('Expect: 100-continue\r\nContent-Length: 2\r\n', `{}${good}`),
    [TAGLESS, 200],
    false,
  ],
]

const pem = (name: string) => readFileSync(new URL(`../../support/tls/${name}.pem`, import.meta.url), 'utf8')
const material = { cert: pem('server'), key: pem('server-key') }

describe.each([
  ['clear text', undefined],
  ['TLS', material],
])('an HTTP/1.1 connection over %s', (_over, tls) => {
  let server: ListeningRegistry
  let impatient: ListeningRegistry
  beforeAll(async () => {
    server = await listeningRegistry(defaultLimits, { tls })
    const limits = { ...defaultLimits, requestMs: 300, headersMs: 300, sweepMs: 50 }
    impatient = await listeningRegistry(limits, { tls })
  })
  afterAll(() => Promise.all([server.close(), impatient.close()]))

  test.each(single)('a request that %s is answered once, with the right status', async (_name, bytes, ...expected) => {
    await expectAnswers(bytes, expected)
  })

  test.each(several)('the bytes of %s are answered once for each request', async (_name, bytes, ...expected) => {
    await expectAnswers(bytes, expected)
  })

  test.each([
    ['over REST', post('Content-Length: 9\r\n', '{'), 408],
    ['over Connect', post('Content-Length: 9\r\n', '{', RPC), 504],
    ['to a path that reads no body', post('Content-Length: 9\r\n', '{', '/livez'), 200],
    ['without an end of its headers', 'GET /livez HTTP/1.1\r\n', 408],
    ['that began after another', `${good}GET /livez`, 200],
  ])(
    'a request %s that does not arrive in time is answered once, and its connection is closed',
    async (_name, bytes, status) => {
      const client = talk(impatient.port, bytes, tls !== undefined)
      await client.closed
      const statuses = client.statuses()
      expect(statuses[0]).toBe(status)
      expect(statuses.length).toBe(bytes.startsWith(good) ? 2 : 1)
    },
  )

  async function expectAnswers(bytes: string, [statuses, isClosed]: readonly [readonly number[], boolean]) {
    const client = talk(server.port, bytes, tls !== undefined)
    onTestFinished(client.end)
    if (isClosed) {
      await client.closed
      return expect(client.statuses(), client.said()).toEqual(statuses)
    }
    await eventually('every request is answered', async () => client.statuses().length >= statuses.length)
    // One more request shows that the connection is open, and that no further answer was on its way.
    client.write(good)
    await eventually('the last request is answered', async () => client.statuses().length > statuses.length)
    return expect(client.statuses(), client.said()).toEqual([...statuses, 200])
  }
})

/** A client that sends bytes, and never closes the connection by itself. */
function talk(port: number, bytes: string, isTls: boolean) {
  const place = { port, host: '127.0.0.1', allowHalfOpen: true }
  const socket = isTls ? connectTls({ ...place, ca: pem('ca'), ALPNProtocols: ['http/1.1'] }) : connect(place)
  let said = ''
  const closed = new Promise<void>((resolve) => {
    socket
      .on('error', () => {})
      .on('data', (chunk: Buffer) => {
        said += chunk.toString('latin1')
      })
      .once('end', resolve)
      .once('close', () => resolve())
  })
  socket.write(bytes, 'latin1')
  return {
    closed,
    said: () => said,
    /** The statuses of the final answers so far. */
    statuses: () => [...said.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status)),
    write: (text: string) => void socket.write(text),
    end: () => void socket.destroy(),
  }
}
