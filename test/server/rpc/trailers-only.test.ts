import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningServer } from '../../../src/start-server.ts'
import { startInProcess } from '../../support/in-process.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

/** `namespace` and `name` in protobuf. */
const SERVICE = Buffer.from('\x0a\x06my-org\x12\x06nobody')
/** The same, and `revision_tag`. */
const REVISION = Buffer.from('\x0a\x06my-org\x12\x04some\x1a\x051.0.0')

let storage: Storage
let server: RunningServer
beforeAll(async () => {
  storage = await sqliteStorage()
  server = await startInProcess(storage)
})
afterAll(async () => {
  await server.close()
  await storage.remove()
})

const call = (method: string, message: Uint8Array) => {
  const headers = { ':path': `/waypost.v1.ServiceRegistry/${method}`, 'content-type': 'application/grpc+proto' }
  return streamExchange(server.url, headers, envelope(message))
}

test('an error over gRPC is one frame of headers, because clients obey their retry policy only then', async () => {
  const { status, headers, trailers, text } = await call('Get', SERVICE)
  expect([status, trailers, text]).toEqual([200, {}, ''])
  expect(headers).toMatchObject({
    'content-type': 'application/grpc+proto',
    'grpc-status': '5',
    'grpc-message': expect.stringMatching(/^Service revision not found. There is no service my-org\/nobody;/),
    'grpc-status-details-bin': expect.any(String),
  })
})

test('a success over gRPC has its status in the trailers', async () => {
  const { status, headers, trailers } = await call('Register', REVISION)
  expect([status, headers['grpc-status'], trailers['grpc-status']]).toEqual([200, undefined, '0'])
})
