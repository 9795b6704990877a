import { once } from 'node:events'
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../../support/eventually.ts'
import { end, isRunning } from '../../../support/processes.ts'
import { runWaypost, spawnServe } from '../../../support/serve.ts'
import { linesOf, pidsOf, ready, serveWithWorkers } from '../../../support/workers.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-workers-'))
})
afterAll(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)

test.concurrent('workers that crash again and again right after their start end the server with the reason', async () => {
  // Kills each worker before it is ready, but not the primary process.
  await writeFile(
    at('crash.mjs'),
    "if (process.argv[1].endsWith('/workers/worker.ts')) process.kill(process.pid, 'SIGKILL')",
  )
  const args = ['serve', '--port', '0', '--store', `sqlite:${at('crash.db')}`, '--workers', '2']
  const { exitCode, stdout, stderr } = await runWaypost(args, { NODE_OPTIONS: `--import=${at('crash.mjs')}` })
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  const lines = stderr.trimEnd().split('\n')
  expect(lines.at(-1)).toBe(
    'waypost: --workers (WAYPOST_WORKERS) 2: the workers end again and again right after their start (SIGKILL); see the log.',
  )
  expect(lines.slice(0, -1).map((line) => JSON.parse(line))).toMatchObject([
    ...[100, 200, 400, 800].map((pauseMs) => ({ msg: 'a worker ended, so another one takes its place', pauseMs })),
    { msg: 'the workers end again and again right after their start, so the server stops' },
  ])
})

/** Starts a server with two workers, and then deletes its policy module, so that no further worker can start. */
async function serveWithoutModule(path: string, store: string) {
  await writeFile(path, 'export default () => true')
  const server = await serveWithWorkers(2, ['--store', `sqlite:${at(store)}`, '--default-policy', path])
  await unlink(path)
  const refused = () => linesOf(server).filter(({ why }) => String(why).includes('the file does not exist')).length
  return { server, pids: [...pidsOf(server).values()], refused }
}

test.concurrent('a replacement that cannot start is tried again while another worker serves, and takes its place once it can', async () => {
  const path = at('missing.mjs')
  const { server, pids, refused } = await serveWithoutModule(path, 'missing.db')
  end(pids[0] ?? 0)
  await eventually('5 replacements were refused', async () => refused() >= 5, 20_000)
  expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  await writeFile(path, 'export default () => true')
  await ready(server, 3)
  expect(await server.stop()).toBe(0)
})

test.concurrent('replacements that cannot start end the server with the reason if no worker is left', async () => {
  const path = at('gone.mjs')
  const { server, pids } = await serveWithoutModule(path, 'gone.db')
  for (const pid of pids) end(pid)
  await eventually('the server ends', async () => server.child.exitCode !== null, 20_000)
  expect(server.child.exitCode).toBe(2)
  expect(server.stderr().trimEnd().split('\n').at(-1)).toBe(
    `waypost: --default-policy (WAYPOST_DEFAULT_POLICY) ${path}: the file does not exist; use latest-semver, latest-stable, latest-pep440, manual, or the path of a module.`,
  )
  expect(pids.filter(isRunning)).toEqual([])
})

test.concurrent('a worker that is still starting at SIGHUP loads the policy module again, too', async () => {
  const path = at('slow.mjs')
  await writeFile(path, 'await new Promise((resolve) => setTimeout(resolve, 2_000))\nexport default () => true')
  const server = await spawnServe(['--workers', '2', '--store', `sqlite:${at('reload.db')}`, '--default-policy', path])
  // The second worker loads the module now.
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  await writeFile(path, 'export default () => false')
  server.child.kill('SIGHUP')
  const reloaded = () => linesOf(server).filter(({ msg }) => msg === 'the policy module was reloaded').length
  await eventually('both workers have loaded the module again', async () => reloaded() === 2, 10_000)
  expect(await server.stop()).toBe(0)
})

test.concurrent('a worker closes the connection of a client that never finishes its request', async () => {
  const server = await serveWithWorkers(2, ['--store', `sqlite:${at('slow.db')}`])
  const { port } = new URL(server.url)
  const clients = [1, 2].map(() => connect(Number(port), '127.0.0.1').setEncoding('utf8'))
  const answers = clients.map((client) => once(client, 'data'))
  for (const client of clients) client.write('GET /livez HTTP/1.1\r\nHost: a\r\nX-Never-')
  for (const [text] of await Promise.all(answers)) expect(text).toMatch(/^HTTP\/1\.1 408 /)
  expect(await server.stop()).toBe(0)
})

test.concurrent('a worker that does not stop within 20 seconds is killed, and the log says so', async () => {
  const server = await serveWithWorkers(2, ['--store', `sqlite:${at('hung.db')}`])
  const [hung = 0] = pidsOf(server).values()
  process.kill(hung, 'SIGSTOP')
  expect(await server.stop()).toBe(0)
  expect(isRunning(hung)).toBe(false)
  const killed = linesOf(server).filter(({ msg }) => msg === 'a worker did not stop in time, so it is killed')
  expect(killed).toMatchObject([{ level: 50, workerPid: hung }])
})
