import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RegistryError } from '../../src/domain/errors.ts'
import { createRegistryHandler, type Store } from '../../src/server.ts'
import { loadGrpcStub } from '../support/grpc-stub.ts'

// A client of gRPC retries by the service config of docs/clients.md. It waits as long as the trailer of the server says.

const PAGE = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')
const [, config = ''] = /```json\n(\{\n {2}"methodConfig"[\s\S]*?)```/.exec(PAGE) ?? []

/** The times at which the store was asked. */
const times: number[] = []
const store = new Proxy({} as Store, {
  get: () => async () => {
    times.push(performance.now())
    throw new RegistryError({ reason: 'STORE_UNAVAILABLE', message: 'the store cannot be reached.' })
  },
})
const server = createServer(createRegistryHandler({ store }))

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())

test('a client of gRPC with the documented service config tries 5 times, a second apart', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = loadGrpcStub(url, { 'grpc.service_config': config })
  const error = await new Promise((resolve) => client.Get({ namespace: 'my-org', name: 'my-service' }, resolve))
  client.close()
  expect(error).toMatchObject({ code: 14, details: 'the store cannot be reached.' })
  const pauses = times.slice(1).map((time, at) => time - (times[at] ?? 0))
  expect(pauses).toHaveLength(4)
  for (const pause of pauses) expect(pause).toBeGreaterThan(950)
})
