import { execFile } from 'node:child_process'
import { statSync, truncateSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { spawnServe } from '../../support/serve.ts'
import { firstEntry } from './entries.ts'
import { servicesIn, useSqliteFile } from './files.ts'

const { path, open } = useSqliteFile()

test('a process with appends under way ends by itself after they are stored', async () => {
  const program = fileURLToPath(new URL('./append-and-end.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program, path()])
  expect(stdout).toBe('appended\n'.repeat(50))
  expect(servicesIn(path())).toHaveLength(50)
})

test('a program that is given to Node.js as text can append', async () => {
  const program = `import ${JSON.stringify(new URL('./append-and-end.ts', import.meta.url))}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, '', path()])
  expect(stdout).toBe('appended\n'.repeat(50))
})

test('a file that is truncated under a running server is an error of its answers, and does not end the server', async () => {
  const store = open()
  const names = Array.from({ length: 400 }, (_, index) => `service-${index}`)
  await Promise.all(names.map((name) => store.append(firstEntry(name))))
  await store.close()
  const server = await spawnServe(['--store', `sqlite:${path()}`])
  try {
    truncateSync(path(), statSync(path()).size / 2)
    const answers = await Promise.all(names.map((name) => fetch(`${server.url}/services/my-org/${name}`)))
    const statuses = new Set(answers.map(({ status }) => status))
    expect(statuses.has(500)).toBe(true)
    expect(server.child.exitCode).toBeNull()
    const damaged = answers.find(({ status }) => status === 500)
    expect(await damaged?.json()).toMatchObject({ reason: 'DAMAGED_STORE' })
  } finally {
    expect(await server.stop()).toBe(0)
  }
})
