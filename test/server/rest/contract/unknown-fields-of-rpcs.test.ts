import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { RegisterRequestSchema } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { envelope, streamExchange } from '../../../support/raw-http2.ts'
import { contractServer } from './requests.ts'

const server = contractServer()
const METHOD = '/waypost.v1.ServiceRegistry/Register'

// Field 500 of the wire type 2 with the text "x". No version of the proto has this field.
const UNKNOWN_FIELD = Buffer.from([0xa2, 0x1f, 0x01, 0x78])

function registration(name: string): Buffer {
  const message = create(RegisterRequestSchema, { namespace: 'my-org', name, revisionTag: '1.0.0' })
  return Buffer.concat([toBinary(RegisterRequestSchema, message), UNKNOWN_FIELD])
}

async function expectRegistered(name: string): Promise<void> {
  expect(await server.get(`/services/my-org/${name}`)).toMatchObject({ revision_tag: '1.0.0', is_default: true })
}

test('Connect with JSON ignores unknown fields, as protobuf does', async () => {
  const body = { namespace: 'my-org', name: 'connect-json', revisionTag: '1.0.0', is_defualt: false, colour: 'red' }
  const headers = { 'content-type': 'application/json' }
  expect(await server.send('POST', METHOD, { body, headers })).toMatchObject({ status: 200 })
  await expectRegistered('connect-json')
})

test('Connect with binary messages ignores unknown fields', async () => {
  const bytes = registration('connect-proto')
  const { hostname, port } = new URL(server.url)
  const headers = { 'content-type': 'application/proto' }
  const response = await fetch(`http://${hostname}:${port}${METHOD}`, { method: 'POST', headers, body: bytes })
  expect(response.status).toBe(200)
  await expectRegistered('connect-proto')
})

test('gRPC ignores unknown fields', async () => {
  const headers = { ':path': METHOD, 'content-type': 'application/grpc+proto', te: 'trailers' }
  const { trailers } = await streamExchange(server.url, headers, envelope(registration('grpc')))
  expect(trailers).toMatchObject({ 'grpc-status': '0' })
  await expectRegistered('grpc')
})

test('gRPC-Web ignores unknown fields', async () => {
  const body = envelope(registration('grpc-web'))
  const headers = { 'content-type': 'application/grpc-web+proto' }
  const response = await fetch(`${server.url}${METHOD}`, { method: 'POST', headers, body })
  expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(/grpc-status: ?0/)])
  await expectRegistered('grpc-web')
})
