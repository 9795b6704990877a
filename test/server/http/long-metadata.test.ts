import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { Metadata, status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { loadGrpcStub } from '../../support/grpc-stub.ts'
import { attackedServer, expectErrorBody } from '../../support/hostile.ts'
import { encodeFrame, encodeHeaders, frameType, GREETING, writeUntilClosed } from '../../support/http2-frames.ts'
import { exchange, openSocket } from '../../support/raw-http.ts'
import { streamExchange } from '../../support/raw-http2.ts'
import { sqliteStorage } from '../../support/storage.ts'

const SERVICE = { namespace: 'my-org', name: 'nothing' }

describe.each([
  ['a little more than 16 KiB', 17_000],
  ['60 kB, about as much as clients of HTTP/2 can send', 60_000],
] as const)('metadata of %s', (_size, size) => {
  const target = attackedServer(sqliteStorage)
  const long = 'a'.repeat(size)

  test.each(['/services/my-org/nothing', '/waypost.v1.ServiceRegistry/Get', '/livez'])(
    'metadata that is too long is answered with 431 over HTTP/1.1 on %s',
    async (path) => {
      const answer = await exchange(target.url, `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Long: ${long}\r\n\r\n`)
      expect(answer).toMatchObject({ status: 431 })
      expectErrorBody(answer.text)
    },
  )

  test('metadata that is too long is a RESOURCE_EXHAUSTED error to grpc-js', async () => {
    const metadata = new Metadata()
    metadata.set('x-long', long)
    const stub = loadGrpcStub(target.url)
    const error = await new Promise((resolve) => stub.Get(SERVICE, metadata, (failure) => resolve(failure)))
    stub.close()
    expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED })
  })

  test.each([
    ['Connect', () => createConnectTransport({ baseUrl: target.url, httpVersion: '2' })],
    [
      'Connect, as JSON',
      () => createConnectTransport({ baseUrl: target.url, httpVersion: '2', useBinaryFormat: false }),
    ],
    ['gRPC', () => createGrpcTransport({ baseUrl: target.url })],
    ['gRPC-Web', () => createGrpcWebTransport({ baseUrl: target.url, httpVersion: '2' })],
  ])('metadata that is too long is a resource_exhausted error to a client of %s', async (_protocol, transport) => {
    const client = createClient(ServiceRegistry, transport())
    const error = await client.get(SERVICE, { headers: { 'x-long': long } }).catch((caught: unknown) => caught)
    expect(ConnectError.from(error).code, String(error)).toBe(Code.ResourceExhausted)
  })

  test.each(['/services/my-org/nothing', '/livez'])(
    'metadata that is too long is answered with 431 over HTTP/2 on %s',
    async (path) => {
      const answer = await streamExchange(target.url, { ':method': 'GET', ':path': path, 'x-long': long }, '')
      expect(answer).toMatchObject({ status: 431 })
      expectErrorBody(answer.text)
    },
  )
})

describe('allowed metadata', () => {
  const target = attackedServer(sqliteStorage)

  test('metadata of up to 15 kB reaches the service', async () => {
    const client = createClient(ServiceRegistry, createGrpcTransport({ baseUrl: target.url }))
    const headers = { 'x-long': 'a'.repeat(15_000) }
    await expect(client.get(SERVICE, { headers })).rejects.toMatchObject({ code: Code.NotFound })
  })
})

describe('metadata of a megabyte', () => {
  const target = attackedServer(sqliteStorage)

  test('metadata of a megabyte ends the connection over HTTP/1.1 and over HTTP/2', async () => {
    const long = 'a'.repeat(1_000_000)
    const answer = await exchange(target.url, `GET /livez HTTP/1.1\r\nHost: a\r\nX-Long: ${long}\r\n\r\n`)
    expect([431, undefined]).toContain(answer.status)
    const payload = encodeHeaders({
      ':method': 'GET',
      ':scheme': 'http',
      ':authority': 'a',
      ':path': '/livez',
      x: long,
    })
    const parts = Array.from({ length: Math.ceil(payload.length / 16_384) }, (_, index) => {
      const type = index === 0 ? frameType.headers : frameType.continuation
      return encodeFrame({ type, stream: 1, payload: payload.subarray(index * 16_384, (index + 1) * 16_384) })
    })
    const frames = await writeUntilClosed(openSocket(target.url), [GREETING, ...parts])
    expect(frames.map(({ type }) => type)).not.toContain(frameType.headers)
  })
})
