import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'

let folder = ''
let stores = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-output-'))
  await writeFile(join(folder, 'policy.mjs'), 'export default () => { throw new Error("x".repeat(4_000)) }')
})
afterAll(() => rm(folder, { recursive: true }))

/** Starts a server that logs about 10 KB for each call of `fail`. */
async function serve(): Promise<{ server: ServeProcess; fail: () => Promise<number> }> {
  const store = `sqlite:${join(folder, `${++stores}.db`)}`
  const server = await spawnServe(['--store', store, '--default-policy', join(folder, 'policy.mjs')])
  onTestFinished(async () => {
    if (server.child.exitCode === null) await server.stop()
  })
  const url = `${server.url}/services/my-org/my-service`
  return { server, fail: async () => (await fetch(url, { method: 'POST', body: '{"revision_tag":"1.0.0"}' })).status }
}

test.for(['stdout', 'stderr'] as const)(
  'a server whose %s has no reader any longer goes on, and stops with exit code 0',
  async (stream) => {
    const { server, fail } = await serve()
    server.child[stream]?.destroy()
    expect([await fail(), await fail()]).toEqual([500, 500])
    expect(await server.stop()).toBe(0)
  },
)

test('a server whose stderr nobody reads goes on, and logs the number of dropped messages once somebody reads', async () => {
  const { server, fail } = await serve()
  server.child.stderr?.pause()
  const calls = 250
  for (let count = 0; count < calls; count++) expect(await fail()).toBe(500)
  server.child.stderr?.resume()
  await eventually('the number is logged', async () => /"messages":\d+/.test(server.stderr()))
  const logged = server.stderr().match(/"msg":"a call failed"/g)?.length ?? 0
  const [, dropped] = /"level":50.*"messages":(\d+),"msg":"messages of the log were dropped/.exec(server.stderr()) ?? []
  expect(logged + Number(dropped)).toBe(calls)
})

test('a server whose stderr nobody reads stops at SIGTERM', async () => {
  const { server, fail } = await serve()
  server.child.stderr?.pause()
  for (let count = 0; count < 100; count++) await fail()
  server.child.kill('SIGTERM')
  // Its end closes the pipe only for those who read it.
  await eventually('the server ends', async () => server.child.exitCode !== null)
  expect(server.child.exitCode).toBe(0)
  server.child.stderr?.resume()
})
