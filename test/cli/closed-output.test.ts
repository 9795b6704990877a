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

const CODE = '{ "$@"; echo "exit code $?" >&2; }'

test.for([
  ['get', 'my-org/my-service'],
  ['get', 'my-org/my-service', '--json'],
  ['revisions', 'my-org/my-service'],
  ['services', '--json'],
  ['register', 'my-org/my-service:1.0.0'],
  ['policy', 'test', 'my-org/my-service:2.0.0'],
  ['verify'],
  ['upgrade', '--status'],
  ['--help'],
  ['--version'],
])('waypost %s says with exit code 141 that nobody has read its output, and prints no message', async (...[args]) => {
  const env = { WAYPOST_REGISTRY: registry.url, WAYPOST_STORE: storage.location }
  // The reader is gone before the first byte is written.
  const { stderr } = await runShell(`${CODE} | exec 0<&-`, args, env)
  expect(stderr).toBe('exit code 141\n')
})
