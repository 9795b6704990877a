import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'

let folder = ''
let stores = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-signals-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function serve(...args: readonly string[]): Promise<ServeProcess> {
  const server = await spawnServe(['--store', `sqlite:${join(folder, `${++stores}.db`)}`, ...args])
  onTestFinished(async () => {
    if (server.child.exitCode === null && server.child.signalCode === null) await server.stop()
  })
  return server
}

const logs = (server: ServeProcess, text: string) =>
  eventually(`the log has ${text}`, async () => server.stderr().includes(text))

test.for(['SIGUSR1', 'SIGUSR2'] as const)('%s is ignored and logged, and opens no inspector', async (signal) => {
  const server = await serve()
  server.child.kill(signal)
  await logs(server, `"signal":"${signal}","msg":"a signal that has no meaning for the server was ignored"`)
  expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  expect(server.stderr()).not.toMatch(/[Dd]ebugger|inspector/)
  expect(await server.stop()).toBe(0)
})

test('SIGHUP is ignored and logged if the server reads no files', async () => {
  const server = await serve()
  server.child.kill('SIGHUP')
  await logs(server, 'the server has no files to read again')
  expect(await server.stop()).toBe(0)
})

test('SIGHUP loads the policy module again, and keeps the previous one if the new one cannot be used', async () => {
  const path = join(folder, 'policy.mjs')
  const decides = (answer: string) => writeFile(path, `export default () => ${answer}`)
  await decides('true')
  const server = await serve('--default-policy', path)
  const decision = async () => {
    const answer = await fetch(`${server.url}/services/my-org/my-service/policy/1.0.0`)
    return ((await answer.json()) as { becomes_default?: boolean }).becomes_default ?? false
  }
  expect(await decision()).toBe(true)
  await decides('(')
  server.child.kill('SIGHUP')
  await logs(server, 'the policy module cannot be used, so the server keeps the previous one')
  expect(await decision()).toBe(true)
  await decides('false')
  server.child.kill('SIGHUP')
  await logs(server, 'the policy module was reloaded')
  expect(await decision()).toBe(false)
})

test('SIGHUP reads the TLS files again at once', async () => {
  const pem = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}.pem`, import.meta.url))
  const server = await serve('--tls-cert', pem('server'), '--tls-key', pem('server-key'))
  expect(server.stderr()).not.toContain('reloaded')
  server.child.kill('SIGHUP')
  await logs(server, 'the TLS files were reloaded')
})
