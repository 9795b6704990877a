import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { describeOnEachStore } from '../../../support/each-store.ts'
import { eventually } from '../../../support/eventually.ts'
import { end, isRunning } from '../../../support/processes.ts'
import { runWaypost, type ServeProcess, spawnServe } from '../../../support/serve.ts'
import { problemsIn } from '../../../support/verified.ts'
import { linesOf, pidsOf, ready, serveWithWorkers } from '../../../support/workers.ts'
import { startBusyClients } from './busy-clients.ts'

let folder = ''
let stores = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-workers-'))
})
afterAll(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const newStore = () => `sqlite:${at(`${++stores}.db`)}`
const pem = (name: string) => fileURLToPath(new URL(`../../../support/tls/${name}.pem`, import.meta.url))

/** Starts a server with two workers. It and its workers are gone after the test. */
async function serve(args: readonly string[] = ['--store', newStore()], env = {}): Promise<ServeProcess> {
  return endAfterTest(await serveWithWorkers(2, args, env))
}

function endAfterTest(server: ServeProcess): ServeProcess {
  onTestFinished(async () => {
    if (isEnded(server)) for (const pid of pidsOf(server).values()) end(pid)
    else await server.stop()
  })
  return server
}

const isEnded = ({ child }: ServeProcess) => child.exitCode !== null || child.signalCode !== null

const count = (server: ServeProcess, message: string) => linesOf(server).filter(({ msg }) => msg === message).length

function register({ url }: ServeProcess, revision_tag: string, name = 'my-service'): Promise<Response> {
  return fetch(`${url}/services/my-org/${name}`, { method: 'POST', body: JSON.stringify({ revision_tag }) })
}

function statusForHost({ url }: ServeProcess, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${url}/api/services/a/b`, { headers: { host } }, ({ statusCode }) => resolve(statusCode)).on('error', reject)
  })
}

const allGone = (pids: Iterable<number>) =>
  eventually('all workers are gone', async () => [...pids].every((pid) => !isRunning(pid)))

describeOnEachStore('a server with two workers', (createStorage) => {
  test('two workers serve one port, each change is read through both, and a graceful stop leaves nothing behind', async () => {
    const storage = await createStorage()
    const server = await serve(['--store', storage.location, '--base-path', '/api'])
    const pids = [...pidsOf(server).values()]
    expect(new Set([...pids, server.child.pid]).size).toBe(3)
    for (let patch = 0; patch < 8; patch++) {
      const body = JSON.stringify({ revision_tag: `1.0.${patch}` })
      const headers = { connection: 'close' }
      const registered = await fetch(`${server.url}/api/services/a/b`, { method: 'POST', body, headers })
      expect(registered.status).toBe(201)
      // Connections go to the workers in turns.
      for (let read = 0; read < 2; read++) {
        const answer = await fetch(`${server.url}/api/services/a/b`, { headers })
        expect(await answer.json()).toMatchObject({ revision_tag: `1.0.${patch}` })
      }
    }
    expect((await fetch(`${server.url}/readyz?for=writes`)).status).toBe(200)
    expect(await statusForHost(server, 'attacker.example')).toBe(403)
    expect(await server.stop()).toBe(0)
    expect(pids.filter(isRunning)).toEqual([])
    expect(existsSync(`${storage.location.replace('sqlite:', '')}-wal`)).toBe(false)
    expect(await problemsIn(storage.location)).toEqual([])
    await storage.remove()
  })
})

test('the server announces itself once, and its log has the numbers of the workers', async () => {
  const server = await serve()
  const stdout: string[] = []
  server.child.stdout?.on('data', (text: string) => stdout.push(text))
  server.child.kill('SIGHUP')
  await eventually('both workers reload', async () => count(server, 'the server has no files to read again') === 2)
  expect(linesOf(server).filter(({ msg }) => msg === 'listening')).toMatchObject([
    { pid: server.child.pid, url: server.url, workers: 2 },
  ])
  const reloading = linesOf(server).filter(({ msg }) => msg.startsWith('the server has no files'))
  expect(new Map(reloading.map(({ worker, pid }) => [worker, pid]))).toEqual(pidsOf(server))
  expect(stdout).toEqual([])
})

test('a worker that is killed under load is replaced, while the others go on and the port never refuses', async () => {
  const server = await serve()
  await register(server, '1.0.0')
  const url = `${server.url}/services/my-org/my-service`
  const load = [true, false].map((keepsConnections) => startBusyClients({ url, clients: 4, keepsConnections }))
  for (let killed = 1; killed <= 3; killed++) {
    await eventually('calls are answered', async () => load.every(({ answered }) => answered > killed * 100))
    end(pidsOf(server).get((killed % 2) + 1) ?? 0)
    await ready(server, 2 + killed)
    // A worker that has just become ready and ends would count as one that cannot start.
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const before = load.map(({ answered }) => answered)
  await eventually('calls are answered again', async () =>
    load.every(({ answered }, index) => answered > (before[index] ?? 0) + 50),
  )
  await Promise.all(load.map((each) => each.stop()))
  // At most each connection of a killed worker is reset.
  const failures = load.flatMap((each) => each.failures)
  expect(failures.filter((failure) => failure !== 'ECONNRESET')).toEqual([])
  expect(failures.length).toBeLessThanOrEqual(3 * 8)
  const ended = linesOf(server).filter(({ msg }) => msg === 'a worker ended, so another one takes its place')
  expect(ended).toMatchObject(Array(3).fill({ level: 50, why: 'SIGKILL' }))
  expect(isEnded(server)).toBe(false)
})

test('if all workers are killed at once, their successors serve the same port again', async () => {
  const server = await serve()
  for (const pid of pidsOf(server).values()) end(pid)
  await ready(server, 4)
  expect((await register(server, '1.0.0')).status).toBe(201)
})

// Without workers, each of these settings ends the server with one line, too.
const unusable: readonly (readonly [string, () => Promise<Readonly<Record<string, string>>>])[] = [
  [
    'a policy that throws while it is loaded',
    async () => {
      await writeFile(at('throws.mjs'), 'throw new Error("while loading")')
      return { '--default-policy': at('throws.mjs') }
    },
  ],
  ['a SQLite file in a folder that does not exist', async () => ({ '--store': `sqlite:${at('missing/waypost.db')}` })],
  ['a MongoDB that nobody runs', async () => ({ '--store': 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300' })],
  ['a port that is in use', async () => ({ '--port': await takePort() })],
  ['a port for metrics that is in use', async () => ({ '--metrics-port': await takePort() })],
  ['a certificate without its key', async () => ({ '--tls-cert': pem('server'), '--tls-key': pem('client-key') })],
]

test.for(unusable)('with workers, %s ends the start once, with the same line and exit code', async ([, flags]) => {
  const given = { '--port': '0', '--store': newStore(), ...(await flags()) }
  const args = ['serve', ...Object.entries(given).flat()]
  const [alone, together] = await Promise.all([runWaypost(args), runWaypost([...args, '--workers', '2'])])
  expect(alone.exitCode).toBeGreaterThan(0)
  expect(together).toEqual(alone)
  expect(together.stderr).toMatch(/^waypost: [^\n]+\n$/)
})

async function takePort(): Promise<string> {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  onTestFinished(() => void other.close())
  return `${(other.address() as { port: number }).port}`
}

test('--workers auto starts one worker per core', async () => {
  const server = endAfterTest(await spawnServe(['--workers', 'auto', '--store', newStore()]))
  const cores = availableParallelism()
  if (cores > 1) await ready(server, cores)
  expect(linesOf(server).find(({ msg }) => msg === 'listening')?.workers).toBe(cores > 1 ? cores : undefined)
  expect(pidsOf(server).size).toBe(cores > 1 ? cores : 0)
})

test('SIGHUP loads the policy module and the TLS files again in every worker', async () => {
  const path = at('policy.mjs')
  await writeFile(path, 'export default () => true')
  const server = await serve([
    ...['--store', newStore(), '--default-policy', path],
    ...['--tls-cert', pem('server'), '--tls-key', pem('server-key')],
  ])
  await writeFile(path, 'export default () => false')
  server.child.kill('SIGHUP')
  for (const message of ['the policy module was reloaded', 'the TLS files were reloaded']) {
    await eventually(message, async () => count(server, message) === 2)
    expect(new Set(linesOf(server).flatMap(({ msg, worker }) => (msg === message ? [worker] : [])))).toEqual(
      new Set([1, 2]),
    )
  }
})

test('a signal to a worker changes nothing, because workers follow the primary process', async () => {
  const server = await serve()
  const pids = [...pidsOf(server).values()]
  for (const pid of pids)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) process.kill(pid, signal)
  expect((await register(server, '1.0.0')).status).toBe(201)
  expect(pids.every(isRunning)).toBe(true)
  // A service manager and Ctrl-C signal all processes at once.
  for (const pid of pids) process.kill(pid, 'SIGTERM')
  expect(await server.stop()).toBe(0)
  expect(server.stderr()).not.toMatch(/inspector|Debugger/)
  expect(count(server, 'a worker ended, so another one takes its place')).toBe(0)
})

test('if the primary process is killed, its workers end, nothing acknowledged is lost, and a restart works at once', async () => {
  const store = newStore()
  const server = await serve(['--store', store])
  const acknowledged: string[] = []
  const clients = Array.from({ length: 4 }, async (_, client) => {
    for (let patch = 0; ; patch++) {
      const answer = await register(server, `1.${client}.${patch}`, `service-${client}`).catch(() => undefined)
      if (answer === undefined) return
      if (answer.status === 201) acknowledged.push(`service-${client}/revisions/1.${client}.${patch}`)
    }
  })
  await eventually('changes are acknowledged', async () => acknowledged.length > 40)
  server.child.kill('SIGKILL')
  const again = await serve(['--store', store])
  await Promise.all(clients)
  await allGone(pidsOf(server).values())
  const found = await Promise.all(acknowledged.map((path) => fetch(`${again.url}/services/my-org/${path}`)))
  expect(new Set(found.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await again.stop()).toBe(0)
  expect(await problemsIn(store)).toEqual([])
})
