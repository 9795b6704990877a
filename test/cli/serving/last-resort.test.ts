import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { spawnServe } from '../../support/serve.ts'
import { sqliteStorage } from '../../support/storage.ts'

/** A server in which SIGWINCH runs a statement in an event handler. */
async function serveThatRuns(statement: string, ...args: readonly string[]) {
  const storage = await sqliteStorage()
  const code = `process.on('SIGWINCH', () => { ${statement} })`
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
  const server = await spawnServe(['--store', storage.location, ...args], env)
  onTestFinished(async () => {
    if (server.child.exitCode === null) await server.stop()
    await storage.remove()
  })
  return server
}

test.for([
  ['an exception in an event handler', "throw new Error('boom', { cause: new Error('deep') })", 'uncaughtException'],
  ['a rejected promise', "Promise.reject(new Error('boom', { cause: new Error('deep') }))", 'unhandledRejection'],
] as const)('%s that nobody handles is logged with its cause, and ends the server with exit code 1', async (row) => {
  const [, statement, origin] = row
  const server = await serveThatRuns(statement)
  server.child.kill('SIGWINCH')
  const [code] = await once(server.child, 'close')
  expect(code).toBe(1)
  const [line, ...others] = server.stderr().trimEnd().split('\n').slice(1)
  expect(others).toEqual([])
  const { level, msg, err, origin: logged } = JSON.parse(line ?? '')
  expect({ level, msg, origin: logged }).toEqual({
    level: 60,
    msg: 'an error that nobody handled ends the server',
    origin,
  })
  expect(err.stack).toMatch(/boom.*deep/s)
})

test.for([
  ['throws null', 'throw null', 'null'],
  ['throws an object without a text', 'throw Object.create(null)', 'a value that has no text'],
] as const)('an event handler that %s ends the server with exit code 1 and a message', async ([, statement, text]) => {
  const server = await serveThatRuns(statement)
  server.child.kill('SIGWINCH')
  const [code] = await once(server.child, 'close')
  expect([code, JSON.parse(server.stderr().trimEnd().split('\n').at(-1) ?? '').err.message]).toEqual([1, text])
})

test('a warning of Node is a message of the log, and an experimental feature is none', async () => {
  const server = await serveThatRuns(
    "process.emitWarning('careful'); process.emitWarning('new', 'ExperimentalWarning')",
  )
  server.child.kill('SIGWINCH')
  await fetch(`${server.url}/livez`)
  expect(await server.stop()).toBe(0)
  const warnings = server
    .stderr()
    .split('\n')
    .filter((line) => /careful|new/.test(line))
  expect(warnings.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, msg: 'Node.js has a warning', err: { message: 'careful' } },
  ])
})
