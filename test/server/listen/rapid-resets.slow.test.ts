import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { type BusyClient, openGrpc, openHttp1 } from '../../support/busy-clients.ts'
import { spawnServe } from '../../support/serve.ts'
import { sqliteStorage } from '../../support/storage.ts'

/** The program of a thread that resets requests at once, as fast as it can. */
const ATTACKER = new URL('../../../bench/speed/resets.ts', import.meta.url)
const ATTACKERS = 4
const CALLS = 100

/** The median time of a call, in milliseconds. */
async function medianMs({ call }: BusyClient): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < CALLS; index++) {
    const begin = performance.now()
    await call()
    times.push(performance.now() - begin)
  }
  return times.sort((a, b) => a - b)[CALLS / 2] ?? Number.NaN
}

test('clients that reset their requests at once do not raise the median latency of other clients tenfold', async () => {
  const storage = await sqliteStorage()
  onTestFinished(() => storage.remove())
  const server = await spawnServe(['--store', storage.location])
  onTestFinished(async () => void (await server.stop()))
  const clients = { 'node:http': openHttp1({ urls: [server.url] }), 'grpc-js': openGrpc({ urls: [server.url] }) }
  // The first calls take longer.
  for (const client of Object.values(clients)) await medianMs(client)
  const before = { http: await medianMs(clients['node:http']), grpc: await medianMs(clients['grpc-js']) }

  const { hostname: host, port } = new URL(server.url)
  const sent = new Int32Array(new SharedArrayBuffer(4))
  const workerData = { host, port: Number(port), sent }
  const attackers = Array.from({ length: ATTACKERS }, () => new Worker(ATTACKER, { workerData }))
  await sleep(1_000)
  const during = { http: await medianMs(clients['node:http']), grpc: await medianMs(clients['grpc-js']) }
  await Promise.all(attackers.map((attacker) => attacker.terminate()))
  for (const client of Object.values(clients)) client.close()

  expect(sent[0], 'requests that were reset').toBeGreaterThan(1_000)
  const seen = JSON.stringify({ before, during })
  expect(during.http, seen).toBeLessThan(10 * before.http)
  expect(during.grpc, seen).toBeLessThan(10 * before.grpc)
})
