import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type Client, Code, createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  Health,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Status,
} from '../../../gen/health/v1/health_pb.ts'
import { createRegistryHandler, openStore } from '../../../src/server.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import { startInProcess } from '../../support/in-process.ts'
import { mongoSkipReason } from '../../support/mongo-storage.ts'
import { proxiedMongo } from '../../support/proxied-mongo.ts'
import { sendJson } from '../../support/send-json.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const SERVICE = 'waypost.v1.ServiceRegistry'
const WRITES = `${SERVICE}/writes`
const KNOWN = ['', SERVICE, WRITES] as const

const healthOf = (url: string) => createClient(Health, createGrpcTransport({ baseUrl: url }))

/** A watch with the statuses that it received so far and the way in which it ended. */
function watch(client: Client<typeof Health>, service: string) {
  const seen: Status[] = []
  const abort = new AbortController()
  const ended = (async () => {
    const answers: AsyncIterable<HealthCheckResponse> = client.watch({ service }, { signal: abort.signal })
    for await (const { status } of answers) seen.push(status)
  })().then(
    () => undefined,
    (error: unknown) => error,
  )
  onTestFinished(() => abort.abort())
  return { seen, ended, stop: () => abort.abort() }
}

async function serve(storage: Pick<Storage, 'location'>, ...args: string[]): Promise<ServeProcess> {
  const server = await spawnServe(['--store', storage.location, ...args])
  onTestFinished(async () => {
    if (server.child.exitCode === null) await server.stop()
  })
  return server
}

describeOnEachStore('The gRPC health service', (createStorage) => {
  const start = async () => {
    const storage = await createStorage()
    const server = await startInProcess(storage)
    onTestFinished(async () => {
      await server.close()
      await storage.remove()
    })
    return healthOf(server.url)
  }

  test.each(KNOWN)('the gRPC health service reports SERVING for "%s"', async (service) => {
    const health = await start()
    expect(await health.check({ service })).toMatchObject({ status: Status.SERVING })
    const watched = watch(health, service)
    await eventually('it is told', async () => watched.seen.length > 0)
    expect(watched.seen).toEqual([Status.SERVING])
  })

  test('the gRPC health service lists every service that it knows', async () => {
    const { statuses } = await (await start()).list({})
    expect(Object.entries(statuses).map(([name, { status }]) => [name, status])).toEqual(
      KNOWN.map((name) => [name, Status.SERVING]),
    )
  })

  test('an unknown service is NOT_FOUND to Check and SERVICE_UNKNOWN to Watch', async () => {
    const health = await start()
    for (const service of ['waypost.v1.Nothing', 'waypost', ' ']) {
      await expect(health.check({ service })).rejects.toMatchObject({ code: Code.NotFound })
    }
    const watched = watch(health, 'waypost.v1.Nothing')
    await eventually('it is told', async () => watched.seen.length > 0)
    // The server checks the store more often than this.
    const state = await Promise.race([watched.ended, new Promise((resolve) => setTimeout(resolve, 1_500, 'open'))])
    expect(state).toBe('open')
    expect(watched.seen).toEqual([Status.SERVICE_UNKNOWN])
  })
})

describe('while the server drains', () => {
  test('a draining server reports NOT_SERVING to watchers and does not wait for them', async () => {
    const storage = await sqliteStorage()
    onTestFinished(() => storage.remove())
    const server = await serve(storage)
    const health = healthOf(server.url)
    const [all, service, unknown] = [watch(health, ''), watch(health, SERVICE), watch(health, 'nothing')]
    await eventually('all are told', async () => [all, service, unknown].every(({ seen }) => seen.length > 0))

    expect(await server.stop()).toBe(0)
    for (const { ended } of [all, service, unknown]) {
      expect(await ended).toMatchObject({
        code: Code.Unavailable,
        rawMessage: 'the server is stopping; call again to reach another server.',
      })
    }
    expect(all.seen).toEqual([Status.SERVING, Status.NOT_SERVING])
    expect(service.seen).toEqual([Status.SERVING, Status.NOT_SERVING])
    expect(unknown.seen).toEqual([Status.SERVICE_UNKNOWN])
  })
})

describe('while the store is down', () => {
  test('Check, Watch and /readyz report that nothing is serving while the store is down', async () => {
    const storage = await sqliteStorage()
    const store = await openStore(storage.location)
    const server = createServer(createRegistryHandler({ store }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const health = healthOf(url)
    const watched = watch(health, SERVICE)
    onTestFinished(async () => {
      watched.stop()
      server.close()
      await storage.remove()
    })
    await eventually('it serves', async () => watched.seen.length > 0)

    await store.close()
    for (const service of ['', SERVICE]) {
      expect(await health.check({ service })).toMatchObject({ status: Status.NOT_SERVING })
    }
    await eventually('the watch is told', async () => watched.seen.length > 1)
    expect(watched.seen).toEqual([Status.SERVING, Status.NOT_SERVING])
  })

  const noMongo = mongoSkipReason
  test.skipIf(noMongo)(
    `Watch and /readyz report when the store is down and when it is back${noMongo ? ` (${noMongo})` : ''}`,
    async () => {
      const { proxy, proxied, close } = await proxiedMongo()
      onTestFinished(close)
      const server = await serve({ location: proxied })
      const health = healthOf(server.url)
      const watched = watch(health, '')
      await eventually('it serves', async () => watched.seen.length > 0)
      proxy.cut()
      await eventually('the watch is told that it is down', async () => watched.seen.length > 1)
      expect(await health.check({})).toMatchObject({ status: Status.NOT_SERVING })
      expect(await sendJson(server.url, '/readyz')).toMatchObject({ status: 503 })
      proxy.restore()
      await eventually('the watch is told that it is back', async () => watched.seen.length > 2)
      expect(watched.seen).toEqual([Status.SERVING, Status.NOT_SERVING, Status.SERVING])
    },
  )
})
