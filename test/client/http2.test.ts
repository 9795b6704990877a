import { once } from 'node:events'
import { constants, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRegistryClient, type RegistryClient } from '../../src/client/index.ts'
import { eventually } from '../support/eventually.ts'
import { type Http2Registry, type Http2Request, startHttp2Registry } from './http2-registry.ts'

const NOT_ANSWERED = 2 ** 31 - 1

let registry: Http2Registry
let client: RegistryClient

beforeAll(async () => {
  registry = await startHttp2Registry({ settings: { maxConcurrentStreams: 3 } })
})

beforeEach(() => {
  client = createRegistryClient({ baseUrl: registry.url })
})

afterEach(async () => {
  await client.close()
  await registry.reset()
})

afterAll(() => registry.close())

const gets = (count: number) => Promise.all(Array.from({ length: count }, () => client.get('my-org/x')))
// The GOAWAY names the stream before that of the change as the last one that the server processes.
const refuseChanges =
  (code: number) =>
  ({ session, stream, method, connection, pass }: Http2Request) => {
    if (method === 'Register' && connection === 1) session.goaway(code, (stream.id ?? 0) - 2)
    else pass()
  }
const arrived = (count: number) =>
  eventually(`${count} requests have arrived`, async () => registry.requests.length === count)

describe('the session of a client for Node', () => {
  test('all calls of a client share one session, also after a pause', async () => {
    await gets(10)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await client.register('my-org/x:1.0.0')
    expect(registry.requests).toEqual([...Array(10).fill('1 Get'), '1 Register'])
  })

  test('a read is sent with GET and a change with POST, in the binary format and with the deadline', async () => {
    const seen: string[] = []
    registry.setGate(({ headers, pass }) => {
      const { ':method': method, 'connect-protocol-version': version, 'content-type': type } = headers
      seen.push(`${method} ${version} ${type} ${Number(headers['connect-timeout-ms']) > 0}`)
      pass()
    })
    await client.get('my-org/x')
    await client.register('my-org/x:1.0.0')
    expect(seen).toEqual(['GET undefined undefined true', 'POST 1 application/proto true'])
  })

  test('a header is sent without the line break at its end', async () => {
    let sent: unknown
    registry.setGate(({ headers, pass }) => {
      sent = headers.authorization
      pass()
    })
    await using authorized = createRegistryClient({ baseUrl: registry.url, headers: { Authorization: 'Bearer abc\n' } })
    await authorized.get('my-org/x')
    expect(sent).toBe('Bearer abc')
  })

  test('a read whose message is too long for a URL is sent with POST', async () => {
    let method: unknown
    registry.setGate(({ headers, pass }) => {
      method = headers[':method']
      pass()
    })
    await client.get('my-org/x', { labelSelector: 'x'.repeat(3_000) })
    expect(method).toBe('POST')
  })

  test('calls beyond the limit of the server wait, and are sent in their order', async () => {
    const order: (string | undefined)[] = []
    const held: (() => void)[] = []
    registry.setGate(({ headers, pass }) => {
      order.push(Buffer.from(`${headers[':path']}`.split('message=')[1] ?? '', 'base64url').toString())
      held.push(pass)
    })
    const calls = ['a', 'b', 'c', 'd', 'e'].map((name) => client.get(`my-org/service-${name}`))
    await arrived(3)
    held.shift()?.()
    await arrived(4)
    held.shift()?.()
    await arrived(5)
    for (const pass of held) pass()
    await Promise.all(calls)
    expect(order.map((text) => /service-(\w)/.exec(text ?? '')?.[1])).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('a call that is canceled while it waits for its turn is never sent', async () => {
    const held: (() => void)[] = []
    registry.setGate(({ pass }) => held.push(pass))
    const calls = [1, 2, 3].map(() => client.get('my-org/x'))
    await arrived(3)
    const canceling = new AbortController()
    const canceled = client.get('my-org/x', { signal: canceling.signal })
    canceling.abort()
    await expect(canceled).rejects.toMatchObject({ code: 'canceled' })
    for (const pass of held) pass()
    await Promise.all(calls)
    registry.setGate(({ pass }) => pass())
    await client.get('my-org/x')
    expect(registry.requests).toHaveLength(4)
  })

  test('a call that is canceled resets its stream', async () => {
    let code: number | undefined
    registry.setGate(({ stream }) =>
      stream.on('close', () => {
        code = stream.rstCode
      }),
    )
    const canceling = new AbortController()
    const call = client.get('my-org/x', { signal: canceling.signal })
    await arrived(1)
    canceling.abort()
    await expect(call).rejects.toMatchObject({ code: 'canceled' })
    await eventually('the stream is reset', async () => code === constants.NGHTTP2_CANCEL)
  })

  test('a session in use is closed after the calls of a closed client, and its calls end as usual', async () => {
    const held: (() => void)[] = []
    registry.setGate(({ pass }) => held.push(pass))
    const call = client.get('my-org/x')
    await arrived(1)
    await client.close()
    for (const pass of held) pass()
    expect(await call).toMatchObject({ revisionTag: '1.0.0' })
    await eventually('the session is closed', async () => registry.sessions[0]?.destroyed === true)
  })

  test('a call of a closed client waits for a server that allows no request for a while, over one connection', async () => {
    const busy = await startHttp2Registry({ settings: { maxConcurrentStreams: 0 } })
    const closed = createRegistryClient({ baseUrl: busy.url })
    const call = closed.get('my-org/x')
    await eventually('the session is open', async () => busy.sessions.length === 1)
    // The server then knows that the client has its settings.
    await new Promise((resolve) => busy.sessions[0]?.ping(resolve))
    await closed.close()
    busy.sessions[0]?.settings({ maxConcurrentStreams: 1 })
    await call
    expect(busy.requests).toEqual(['1 Get'])
    await eventually('the session is closed', async () => busy.sessions[0]?.destroyed === true)
    await busy.close()
  })

  test('an answer of more than 16 MiB is refused', async () => {
    registry.setGate(({ stream }) => {
      stream.respond({ ':status': 200, 'content-type': 'application/proto' })
      stream.end(Buffer.alloc(16 * 1024 * 1024 + 1))
    })
    await expect(client.get('my-org/x')).rejects.toMatchObject({
      reason: 'UNEXPECTED_ANSWER',
      message: expect.stringContaining('it has more than 16777216 bytes'),
    })
  })
})

describe('a request that the server did not process', () => {
  test('a change above the last stream of a GOAWAY is sent again at once, exactly once, on a new session', async () => {
    registry.setGate(refuseChanges(constants.NGHTTP2_NO_ERROR))
    await client.get('my-org/x')
    await client.register('my-org/x:1.0.0')
    expect(registry.requests).toEqual(['1 Get', '1 Register', '2 Register'])
  })

  test('a GOAWAY keeps the calls that the server still answers, and moves the others in their order', async () => {
    const held: (() => void)[] = []
    registry.setGate(({ session, connection, stream, pass }) => {
      if (connection > 1) return pass()
      held.push(pass)
      if (held.length === 3) session.goaway(constants.NGHTTP2_NO_ERROR, (stream.id ?? 0) - 2)
    })
    const calls = gets(5)
    await eventually('the others have moved', async () => registry.requests.length === 6)
    for (const pass of held) pass()
    await calls
    expect(registry.requests).toEqual(['1 Get', '1 Get', '1 Get', '2 Get', '2 Get', '2 Get'])
  })

  test('a change above the last stream of a GOAWAY with an error is sent again, too', async () => {
    let tries = 0
    const headers = () => {
      tries++
      return {}
    }
    await using counting = createRegistryClient({ baseUrl: registry.url, headers })
    registry.setGate(refuseChanges(constants.NGHTTP2_ENHANCE_YOUR_CALM))
    await counting.get('my-org/x')
    await counting.register('my-org/x:1.0.0')
    expect(registry.requests).toEqual(['1 Get', '1 Register', '2 Register'])
    expect(tries, 'the second request of the change is no retry').toBe(2)
  })

  test('a notice of shutdown lets the calls of the session finish, and the next calls open another session', async () => {
    const held: (() => void)[] = []
    registry.setGate(({ connection, pass }) => (connection > 1 ? pass() : held.push(pass)))
    const first = client.get('my-org/x')
    await arrived(1)
    registry.sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR, NOT_ANSWERED)
    await eventually('the next calls open another session', async () => {
      await client.get('my-org/x')
      return registry.sessions.length === 2
    }).catch(() => {})
    for (const pass of held) pass()
    await first
    expect(registry.requests.at(-1)).toBe('2 Get')
    await eventually('the first session is closed', async () => registry.sessions[0]?.destroyed === true)
  })

  test('a change whose stream is refused is sent again at once, exactly once', async () => {
    let count = 0
    registry.setGate(({ stream, pass }) => {
      if (++count > 1) pass()
      else stream.close(constants.NGHTTP2_REFUSED_STREAM)
    })
    await client.register('my-org/x:1.0.0')
    expect(registry.requests).toEqual(['1 Register', '1 Register'])
  })

  test('a call whose stream is always refused fails as unavailable', async () => {
    registry.setGate(({ stream }) => stream.close(constants.NGHTTP2_REFUSED_STREAM))
    await expect(client.get('my-org/x', { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'REGISTRY_UNREACHABLE',
    })
    expect(registry.requests, '5 tries, each of them sent 4 times').toHaveLength(20)
  })

  test('a server that ends every connection before it takes a request gets few of them', async () => {
    let connections = 0
    const stopping = createServer({ settings: { maxConcurrentStreams: 0 } }).on('session', (session) => {
      connections++
      session.goaway()
    })
    await once(stopping.listen(0, '127.0.0.1'), 'listening')
    await using other = createRegistryClient({
      baseUrl: `http://127.0.0.1:${(stopping.address() as AddressInfo).port}`,
    })
    await expect(other.get('my-org/x')).rejects.toMatchObject({ code: 'unavailable' })
    expect(connections, '5 tries, each with 4 connections').toBe(20)
    stopping.close()
  })

  test.for([
    ['the connection is cut', ({ session }: { session: { destroy(): void } }) => session.destroy()],
    [
      'the stream is reset',
      ({ stream }: { stream: { close(code: number): void } }) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    ],
  ] as const)('if %s, the call is tried again as its retries allow', async ([, end]) => {
    let count = 0
    registry.setGate((request) => (++count > 1 ? request.pass() : end(request)))
    await client.get('my-org/x')
    expect(registry.requests).toHaveLength(2)
  })

  test('an answer that is cut in its middle is never taken for a whole one', async () => {
    let count = 0
    registry.setGate(({ stream, session, pass }) => {
      if (++count > 1) return pass()
      stream.respond({ ':status': 200, 'content-type': 'application/proto' })
      // This is a whole message by itself, without a tag.
      stream.write(Buffer.from([0x0a, 0x03, 0x0a, 0x01, 0x61]), () => session.destroy())
    })
    expect(await client.get('my-org/x')).toMatchObject({ revisionTag: '1.0.0' })
    expect(registry.requests).toHaveLength(2)
  })

  test('an answer that is shorter than it says is never taken for a whole one, even if the server resets it without an error', async () => {
    let count = 0
    registry.setGate(({ stream, pass }) => {
      if (++count > 1) return pass()
      stream.respond({ ':status': 200, 'content-type': 'application/proto', 'content-length': 6 })
      // Node resets the stream with NO_ERROR.
      stream.write(Buffer.from([0x0a, 0x03, 0x0a, 0x01, 0x61]), () => stream.destroy())
    })
    expect(await client.get('my-org/x')).toMatchObject({ revisionTag: '1.0.0' })
    expect(registry.requests).toHaveLength(2)
  })

  test('a stream that is reset because of too many requests fails the call, without another try', async () => {
    registry.setGate(({ stream }) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM))
    await expect(client.get('my-org/x')).rejects.toMatchObject({ code: 'resource_exhausted' })
    expect(registry.requests).toHaveLength(1)
  })
})
