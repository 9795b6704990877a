import type { DescService } from '@bufbuild/protobuf'
import { Code, createClient } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { describe, expect, test } from 'vitest'
import { ServerReflection } from '../../../gen/grpc/reflection/v1/reflection_pb.ts'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { attackedServer, expectErrorBody } from '../../support/hostile.ts'
import { decodeFrames, encodeRequest, frameType, GREETING } from '../../support/http2-frames.ts'
import { openSocket } from '../../support/raw-http.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { sendJson } from '../../support/send-json.ts'
import { sqliteStorage } from '../../support/storage.ts'

const SERVICE = '/waypost.v1.ServiceRegistry'
const UNIMPLEMENTED = '12'

describe('an unknown method', () => {
  const target = attackedServer(sqliteStorage)
  const post = (path: string, type: string, headers = {}) =>
    sendJson(target.url, path, { body: Buffer.from('{}'), headers: { 'content-type': type, ...headers } })

  test.each([
    [`${SERVICE}/Nothing`, 'application/json', {}, 'below a service that is there, JSON needs no header to be Connect'],
    [`${SERVICE}/Nothing`, 'application/proto', {}, 'protobuf'],
    [`${SERVICE}/Nothing`, 'text/plain', {}, 'whatever its type'],
    ['/waypost.v1.Nothing/Get', 'application/proto', {}, 'of a service that is not there, by its type'],
    ['/waypost.v1.Nothing/Get', 'application/json', { 'connect-protocol-version': '1' }, 'the same, by its header'],
    ['/waypost.v1.Nothing/Watch', 'application/connect+json', {}, 'a stream'],
  ])(
    'an unknown method at %s with the type %s is an `unimplemented` error of Connect',
    async (...[path, type, headers]) => {
      const { status, text } = await post(path, type, headers)
      expect(status).toBe(404)
      expect(JSON.parse(text)).toEqual({
        code: 'unimplemented',
        message: `no method has the path ${path}; check the names of the service and the method.`,
      })
    },
  )

  test('an unknown method that is called by GET is an `unimplemented` error of Connect', async () => {
    const { status, text } = await sendJson(target.url, `${SERVICE}/Nothing?connect=v1&encoding=json&message=%7B%7D`)
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([404, 'unimplemented'])
  })

  test.each(['application/grpc', 'application/grpc+proto', 'application/grpc+json'])(
    'an unknown method over gRPC is UNIMPLEMENTED, and the answer has the content type of the request, %s',
    async (type) => {
      for (const path of [`${SERVICE}/Nothing`, '/waypost.v1.Nothing/Get', '/']) {
        const headers = { ':path': path, 'content-type': type, te: 'trailers' }
        const { status, headers: head, trailers } = await streamExchange(target.url, headers, envelope(Buffer.alloc(0)))
        const expected = { status: 200, 'content-type': type, 'grpc-status': UNIMPLEMENTED }
        expect({ status, ...head, ...trailers }, path).toMatchObject(expected)
      }
    },
  )

  test('an unknown method over gRPC is answered in one frame that ends the stream', async () => {
    const socket = openSocket(target.url)
    const fields = {
      ':method': 'POST',
      ':path': `${SERVICE}/Nothing`,
      'content-type': 'application/grpc',
      te: 'trailers',
    }
    socket.write(Buffer.concat([GREETING, encodeRequest(1, fields)]))
    let said = Buffer.alloc(0)
    for await (const chunk of socket) {
      said = Buffer.concat([said, chunk as Buffer])
      if (decodeFrames(said).some(({ stream }) => stream === 1)) break
    }
    const [answer] = decodeFrames(said).filter(({ stream }) => stream === 1)
    expect(answer).toMatchObject({ type: frameType.headers, flags: 1 | 4 })
  })

  test.each(['application/grpc-web', 'application/grpc-web+proto', 'application/grpc-web+json'])(
    'an unknown method over gRPC-Web is UNIMPLEMENTED, and the answer has the content type of the request, %s',
    async (type) => {
      const response = await fetch(`${target.url}${SERVICE}/Nothing`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: envelope(Buffer.alloc(0)),
      })
      expect(response.status).toBe(200)
      expect([response.headers.get('content-type'), response.headers.get('grpc-status')]).toEqual([type, UNIMPLEMENTED])
    },
  )

  test.each(['/service', '/services/my-org', '/no/such/path', '/waypost.v1.Nothing/Get', `${SERVICE}/a/b`, SERVICE])(
    'a request for %s that is not an RPC is answered with 404',
    async (path) => {
      for (const answer of [await sendJson(target.url, path), await post(path, 'application/json')]) {
        expect(answer).toMatchObject({
          status: 404,
          text: '{"error":"this path does not exist; use a path of this server, such as those in its openapi.json.","reason":"PATH_NOT_FOUND"}',
        })
        expectErrorBody(answer.text)
      }
    },
  )

  test.each(['/', '/version'])('POST %s is answered with 405, because the path has only GET and HEAD', async (path) => {
    expect(await sendJson(target.url, path)).toMatchObject({ status: 200 })
    const { status, text, headers } = await post(path, 'application/json')
    expect([status, text, headers.allow]).toEqual([405, '{"error":"Invalid request method."}', 'GET, HEAD'])
  })

  test.each([
    ['Connect over HTTP/1.1', () => createConnectTransport({ baseUrl: target.url, httpVersion: '1.1' })],
    ['Connect over HTTP/2', () => createConnectTransport({ baseUrl: target.url, httpVersion: '2' })],
    ['gRPC', () => createGrpcTransport({ baseUrl: target.url })],
    ['gRPC-Web', () => createGrpcWebTransport({ baseUrl: target.url, httpVersion: '1.1' })],
  ])('an unknown method is an unimplemented error to a client of %s', async (_protocol, transport) => {
    // This is the registry of a later version of the API, which has one more method.
    const [get] = ServiceRegistry.methods.filter(({ name }) => name === 'Get')
    const later: DescService = { ...ServiceRegistry, methods: [], method: {} } as never
    const method = { ...get, name: 'List', localName: 'list', parent: later } as never
    Object.assign(later, { methods: [method], method: { list: method } })
    const client = createClient(later, transport()) as unknown as { list(request: object): Promise<unknown> }
    await expect(client.list({})).rejects.toMatchObject({ code: Code.Unimplemented })
  })

  test('an unknown method with a stream is an unimplemented error', async () => {
    const later = { ...ServerReflection, typeName: 'waypost.v1.Nothing' }
    const method = { ...ServerReflection.methods[0], parent: later }
    Object.assign(later, { methods: [method] })
    const client = createClient(later as typeof ServerReflection, createGrpcTransport({ baseUrl: target.url }))
    const read = async () => {
      async function* requests() {
        yield {}
      }
      for await (const _answer of client.serverReflectionInfo(requests())) expect.fail('it answered')
    }
    await expect(read()).rejects.toMatchObject({ code: Code.Unimplemented })
  })
})
