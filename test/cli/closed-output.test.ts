import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { type CliRegistry, runShell, startCliRegistry } from './cli-registry.ts'

let registry: CliRegistry
let storage: Storage
beforeAll(async () => {
  registry = await startCliRegistry()
  await registry.client.register('my-org/my-service:1.0.0')
  storage = await sqliteStorage()
  await registry.waypost('import', '/dev/null', '--store', storage.location)
})
afterAll(async () => {
  await registry.stop()
  await storage.remove()
})

// The only reader of the pipe is gone before the command starts.
const INTO_CLOSED_PIPE = `
  pipe=$(mktemp -u) && mkfifo "$pipe"
  : <"$pipe" & exec 3>"$pipe"
  wait; rm "$pipe"
  "$@" >&3; echo "exit code $?" >&2`

test.for([
  ['get', 'my-org/my-service'],
  ['get', 'my-org/my-service', '--json'],
  ['revisions', 'my-org/my-service'],
  ['services', '--json'],
  ['register', 'my-org/my-service:1.0.0'],
  ['policy', 'test', 'my-org/my-service:2.0.0'],
  ['verify'],
  ['redact', '--name', 'Jane Doe'],
  ['upgrade', '--status'],
  ['--help'],
  ['--version'],
])('waypost %s says with exit code 141 that nobody has read its output, and prints no message', async (...[args]) => {
  const env = { WAYPOST_REGISTRY: registry.url, WAYPOST_STORE: storage.location }
  const { stderr } = await runShell(INTO_CLOSED_PIPE, args, env)
  expect(stderr).toBe('exit code 141\n')
})
