import { once } from 'node:events'
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../../support/eventually.ts'
import { end, isRunning } from '../../../support/processes.ts'
import { runWaypost } from '../../../support/serve.ts'
import { linesOf, pidsOf, serveWithWorkers } from '../../../support/workers.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-workers-'))
})
afterAll(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)

test('workers that crash again and again right after their start end the server with the reason', async () => {
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

test('a replacement that cannot start again and again ends the server with its reason, after the other workers', async () => {
  const path = at('policy.mjs')
  await writeFile(path, 'export default () => true')
  const server = await serveWithWorkers(2, ['--store', `sqlite:${at('policy.db')}`, '--default-policy', path])
  const pids = [...pidsOf(server).values()]
  await unlink(path)
  end(pids[0] ?? 0)
  const isOver = async () => server.child.exitCode !== null
  let answered = 0
  await eventually('the server ends', async () => {
    if (await isOver()) return true
    const answer = await fetch(`${server.url}/livez`).catch(() => undefined)
    if (answer?.status === 200) answered++
    return false
  })
  // The other worker went on until then.
  expect(answered).toBeGreaterThan(5)
  expect(server.child.exitCode).toBe(2)
  const last = server.stderr().trimEnd().split('\n').at(-1)
  expect(last).toBe(
    `waypost: --default-policy (WAYPOST_DEFAULT_POLICY) ${path}: the file does not exist; use latest-semver, latest-stable, manual, or the path of a module.`,
  )
  const refusals = linesOf(server).filter(({ why }) => String(why).includes('the file does not exist'))
  // The killed worker may count, too.
  expect([4, 5]).toContain(refusals.length)
  expect(pids.filter(isRunning)).toEqual([])
})

test('a worker closes the connection of a client that never finishes its request', async () => {
  const server = await serveWithWorkers(2, ['--store', `sqlite:${at('slow.db')}`])
  const { port } = new URL(server.url)
  const clients = [1, 2].map(() => connect(Number(port), '127.0.0.1').setEncoding('utf8'))
  const answers = clients.map((client) => once(client, 'data'))
  for (const client of clients) client.write('GET /livez HTTP/1.1\r\nHost: a\r\nX-Never-')
  for (const [text] of await Promise.all(answers)) expect(text).toMatch(/^HTTP\/1\.1 408 /)
  expect(await server.stop()).toBe(0)
})
