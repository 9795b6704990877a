import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { isRunning } from '../support/processes.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'

let folder = ''
let path = ''
let server: ServeProcess
let stdout = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-policy-'))
  path = join(folder, 'my-policy.mjs')
  await writeFile(
    path,
    `import { spawn } from 'node:child_process'
     import { writeFileSync } from 'node:fs'
     export default ({ revisionTag }) => {
       if (revisionTag === 'throws') throw new Error('see ' + import.meta.url)
       if (revisionTag === 'prints') console.log('hello from the policy')
       if (revisionTag === 'environment') writeFileSync(new URL('environment', import.meta.url), JSON.stringify(process.env))
       if (revisionTag !== 'loops') return true
       const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
       writeFileSync(new URL('pids', import.meta.url), process.pid + ' ' + pid)
       while (true);
     }`,
  )
  server = await spawnServe(['--default-policy', path], { WAYPOST_STORE: `sqlite:${folder}/waypost.db` })
  server.child.stdout?.on('data', (text: string) => {
    stdout += text
  })
})
afterAll(async () => {
  if (server.child.signalCode === null) await server.stop()
  await rm(folder, { recursive: true })
})

async function register(tag: string): Promise<{ status: number; text: string }> {
  const body = JSON.stringify({ revision_tag: tag })
  const answer = await fetch(`${server.url}/services/my-org/my-service`, { method: 'POST', body })
  return { status: answer.status, text: await answer.text() }
}

test('callers get the name of the policy file but no path, and the log has the path and the cause', async () => {
  const { status, text } = await register('throws')
  expect([status, JSON.parse(text)]).toEqual([
    500,
    {
      error: 'the default policy "my-policy.mjs" failed, so nothing was stored; ask the operator to mend it.',
      reason: 'DEFAULT_POLICY_FAILED',
    },
  ])
  expect(server.stderr()).toContain(`see file://${path}`)
  const body = JSON.stringify({ namespace: 'my-org', name: 'my-service', revisionTag: '1.0.0' })
  const tested = await fetch(`${server.url}/waypost.v1.ServiceRegistry/TestPolicy`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(await tested.json()).toMatchObject({ policy: 'my-policy.mjs', becomesDefault: true })
})

test('a line that a policy module prints goes to the log, and stdout has only the line of the server', async () => {
  expect(await register('prints')).toMatchObject({ status: 201 })
  const line = JSON.stringify({ policy: path, stream: 'stdout', line: 'hello from the policy' }).slice(1, -1)
  await eventually('the line is in the log', async () => server.stderr().includes(line))
  expect(stdout).toBe('')
})

test('a policy module does not get the location of the store, which may contain a password', async () => {
  await register('environment')
  expect(await readFile(join(folder, 'environment'), 'utf8')).not.toContain('WAYPOST_STORE')
})

test('the processes of a policy module that never returns end soon after its server was killed', async () => {
  const hanging = register('loops').catch(() => {})
  const pids = async () => (await readFile(join(folder, 'pids'), 'utf8')).split(' ').map(Number)
  await eventually('the policy is asked', async () => (await pids()).length === 2)
  server.child.kill('SIGKILL')
  await hanging
  await eventually('both are gone', async () => !(await pids()).some(isRunning))
})
