import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { createRegistryClient } from '../../src/client/index.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { type Http2Registry, startHttp2Registry } from './http2-registry.ts'
import { startSimpleRegistry } from './simple-registry.ts'

const registries: Http2Registry[] = []

afterAll(async () => {
  for (const registry of registries) await registry.close()
})

async function startRegistry(): Promise<Http2Registry> {
  const registry = await startHttp2Registry()
  registries.push(registry)
  return registry
}

test.concurrent('a connection over which nothing arrives any longer is replaced while a call waits, and the call succeeds', async () => {
  const registry = await startRegistry()
  const proxy = await startTcpProxy(Number(new URL(registry.url).port))
  const baseUrl = `http://127.0.0.1:${proxy.port}`
  await using client = createRegistryClient({ baseUrl, timeoutMs: 20_000 })
  await client.get('my-org/x')
  proxy.freeze()
  const call = client.get('my-org/x')
  // The client waits for two checks. Then the proxy forwards new connections, but the old one stays without a word.
  setTimeout(() => proxy.thaw(), 3_000)
  await call
  expect(registry.requests).toEqual(['1 Get', '2 Get'])
  await client.close()
  await proxy.close()
})

test.concurrent('a session stays open while a call waits for a long time, because the server answers the PING', async () => {
  const registry = await startRegistry()
  let pings = 0
  registry.setGate(({ session, pass, method }) => {
    session.on('ping', () => pings++)
    setTimeout(pass, method === 'Register' ? 7_000 : 0)
  })
  await using client = createRegistryClient({ baseUrl: registry.url, timeoutMs: 20_000 })
  await client.register('my-org/x:1.0.0')
  expect(registry.requests).toEqual(['1 Register'])
  expect(pings).toBeGreaterThan(0)
})

test.concurrent('a session is kept while it is idle for several checks', async () => {
  const registry = await startRegistry()
  await using client = createRegistryClient({ baseUrl: registry.url })
  await client.get('my-org/x')
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  await client.get('my-org/x')
  expect(registry.requests).toEqual(['1 Get', '1 Get'])
})

test.concurrent('a server that speaks HTTP/2 alone, and was too slow to show it at first, is asked again', async () => {
  const registry = await startRegistry()
  const proxy = await startTcpProxy(Number(new URL(registry.url).port))
  proxy.freeze()
  await using client = createRegistryClient({ baseUrl: `http://127.0.0.1:${proxy.port}`, timeoutMs: 20_000 })
  const call = client.get('my-org/x')
  // The client falls back to HTTP/1.1 after 1 second, over a new connection.
  setTimeout(() => proxy.thaw(), 500)
  await call
  expect(registry.requests).toEqual(['3 Get'])
  await client.close()
  await proxy.close()
})

test.concurrent('the client falls back to HTTP/1.1 if the server does not answer the first bytes of HTTP/2 at all', async () => {
  const http1 = await startSimpleRegistry()
  const mute = createServer((socket: Socket) => {
    socket.on('error', () => {})
    socket.once('data', (first) => {
      if (first.toString('latin1').startsWith('PRI')) return
      const onward = connect(Number(new URL(http1.url).port), '127.0.0.1')
      onward.write(first)
      socket.pipe(onward).pipe(socket)
    })
  }).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  await using client = createRegistryClient({ baseUrl: `http://127.0.0.1:${(mute.address() as AddressInfo).port}` })
  await client.get('my-org/x')
  await client.get('my-org/x')
  expect(http1.requests.map(({ httpVersion }) => httpVersion)).toEqual(['1.1', '1.1'])
  await client.close()
  mute.close()
  await http1.close()
})
