import { afterAll, expect, test } from 'vitest'
import { readConsole } from '../support/console.ts'
import { runWaypost, type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const DOCUMENT = new URL('../../docs/choosing-a-revision.md', import.meta.url)

let storage: Storage | undefined
let server: ServeProcess | undefined

afterAll(async () => {
  await server?.stop()
  await storage?.remove()
})

// What is another one at each run.
function withoutMoment(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ETAG')
}

// Each of its commands is a process of its own.
const TIMEOUT_MS = 300_000

test('every command of docs/choosing-a-revision.md prints what stands below it', { timeout: TIMEOUT_MS }, async () => {
  storage = await sqliteStorage()
  const commands = readConsole(DOCUMENT)
  expect(commands.length).toBeGreaterThan(20)
  for (const { args, output } of commands) {
    if (args[0] === 'serve') {
      await server?.stop()
      server = await spawnServe([...args.slice(1), '--store', storage.location])
      continue
    }
    const { stdout, stderr } = await runWaypost(args, { WAYPOST_REGISTRY: server?.url ?? '' })
    expect(withoutMoment(stdout + stderr), args.join(' ')).toBe(withoutMoment(output))
  }
})
