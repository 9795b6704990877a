import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import {
  type BusyClient,
  keepBusy,
  type Load,
  openFetch,
  openGrpc,
  openHttp1,
  openHttp2,
  type Servers,
} from '../../support/busy-clients.ts'
import { eventually } from '../../support/eventually.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'
import { ready } from '../../support/workers.ts'

const pem = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}.pem`, import.meta.url))
const TLS = ['--tls-cert', pem('server'), '--tls-key', pem('server-key')]

/** How often each test stops a server. */
const ROUNDS = 2
/** How many calls are answered before that, and by the other server after that. */
const ANSWERS = 100

/** Some clients of a kind, each with this many calls in flight. */
interface Kind {
  readonly open: (servers: Servers) => BusyClient
  readonly clients: number
  readonly inFlight: number
}

const kinds: Readonly<Record<string, Kind>> = {
  'node:http': { open: openHttp1, clients: 8, inFlight: 1 },
  'node:http2': { open: openHttp2, clients: 8, inFlight: 1 },
  'node:http2 in parallel': { open: openHttp2, clients: 4, inFlight: 16 },
  'grpc-js': { open: openGrpc, clients: 4, inFlight: 1 },
  'grpc-js in parallel': { open: openGrpc, clients: 4, inFlight: 16 },
}
// The fetch of Node takes the authorities of certificates only from its environment.
const clearTextKinds = { ...kinds, fetch: { open: openFetch, clients: 4, inFlight: 1 } }

async function start({ location }: Storage, args: readonly string[]): Promise<ServeProcess> {
  const server = await spawnServe(['--store', location, ...args])
  onTestFinished(async () => {
    if (server.child.exitCode === null) await server.stop()
  })
  return server
}

function openAll(all: Readonly<Record<string, Kind>>, servers: Servers): Load[] {
  return Object.entries(all).map(([name, { open, clients, inFlight }]) =>
    keepBusy(
      name,
      Array.from({ length: clients }, () => open(servers)),
      inFlight,
    ),
  )
}

test.each([
  { over: 'clear text', args: [], all: clearTextKinds, workers: 1 },
  { over: 'TLS', args: TLS, all: kinds, workers: 1 },
  { over: 'clear text, with two workers', args: [], all: clearTextKinds, workers: 2 },
  { over: 'TLS, with two workers', args: TLS, all: kinds, workers: 2 },
])(
  'SIGTERM makes no call fail of busy clients over HTTP/1.1, HTTP/2 and gRPC, which go on to another server: $over',
  async ({ args, all, workers }) => {
    const storage = await sqliteStorage()
    onTestFinished(() => storage.remove())
    const other = await start(storage, args)
    const ca = args.length === 0 ? undefined : readFileSync(pem('ca'), 'utf8')
    for (let round = 0; round < ROUNDS; round++) {
      const server = await start(storage, [...args, '--workers', `${workers}`])
      if (workers > 1) await ready(server, workers)
      const loads = openAll(all, { urls: [server.url, other.url], ca })
      const isOn = (counts: readonly number[]) =>
        loads.every(({ answered }, index) => answered > (counts[index] ?? 0) + ANSWERS)
      await eventually('every client is busy', async () => isOn([]))
      expect(await server.stop()).toBe(0)
      const before = loads.map(({ answered }) => answered)
      await eventually('the other server answers every client', async () => isOn(before))
      await Promise.all(loads.map((load) => load.end()))
      expect(
        loads.flatMap(({ failures }) => failures),
        `round ${round}`,
      ).toEqual([])
    }
  },
)
