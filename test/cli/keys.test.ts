import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { spawnServe } from '../support/serve.ts'
import { runInProcess } from './in-process.ts'

const PUBLIC = ['--call-tokens', 'jwt', '--public-url', 'https://registry.example.com']
const SETTING = '--signing-keys (WAYPOST_SIGNING_KEYS)'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-keys-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('waypost keys rotate adds a key that signs at once, and then one that signs in 15 minutes', async () => {
  const directory = join(folder, 'rotated')
  const first = await runInProcess(['keys', 'rotate', directory])
  expect(first).toMatchObject({ exitCode: 0, stderr: '' })
  expect(first.stdout).toMatch(/^added .*\/rotated\/\d{8}T\d{6}Z-\S{8}\.json, which signs from 2\S+Z\n$/)
  const { stdout } = await runInProcess(['keys', 'rotate', directory, '--json'])
  const { kid, due, file, removed } = JSON.parse(stdout)
  expect(await readdir(directory)).toHaveLength(2)
  expect([typeof kid, removed]).toEqual(['string', []])
  expect(file).toContain(`${directory}/`)
  const from = Date.parse(/from (\S+)/.exec(first.stdout)?.[1] ?? '')
  expect(Date.parse(due) - from).toBeGreaterThanOrEqual(15 * 60_000)
})

test.for([
  [
    'a file',
    'file',
    /^waypost: the directory ".*\/file" cannot be used \(ENOTDIR\); use one that you may change, in a folder that exists\.\n$/,
  ],
  [
    'a directory with a broken file',
    'broken',
    /^waypost: the file ".*\/broken\/key\.json" is not JSON; use a file that/,
  ],
  [
    'a directory in a folder that does not exist',
    'a/b',
    /^waypost: the directory ".*\/a\/b" cannot be used \(ENOENT\)/,
  ],
] as const)('waypost keys rotate refuses %s', async ([, name, message]) => {
  await writeFile(join(folder, 'file'), '')
  await runInProcess(['keys', 'rotate', join(folder, 'broken')])
  await writeFile(join(folder, 'broken', 'key.json'), '{', { mode: 0o600 })
  const { exitCode, stderr } = await runInProcess(['keys', 'rotate', join(folder, name)])
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)])
})

test('a server on MongoDB whose directory is empty does not start, and names waypost keys rotate', async () => {
  const keys = join(folder, 'empty')
  const args = ['serve', '--store', 'mongodb://127.0.0.1:1/none', ...PUBLIC, '--signing-keys', keys]
  expect(await runInProcess(args)).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `waypost: ${SETTING}: the directory "${keys}" cannot be read (ENOENT); add its first key with waypost keys rotate ${keys}.\n`,
  })
})

test('a server with a broken file in its directory does not start, and names the file', async () => {
  const keys = join(folder, 'cut')
  await runInProcess(['keys', 'rotate', keys])
  await writeFile(join(keys, 'cut.json'), '{"due":"2026-11-2', { mode: 0o600 })
  const args = ['serve', '--store', `sqlite:${folder}/a.db`, ...PUBLIC, '--signing-keys', keys]
  expect(await runInProcess(args)).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `waypost: ${SETTING}: the file "${keys}/cut.json" is not JSON; use a file that waypost keys rotate has made.\n`,
  })
})

test('several workers make one key, and publish a new one without a restart', async () => {
  const keys = join(folder, 'workers')
  const args = ['--store', `sqlite:${folder}/b.db`, '--workers', '2', ...PUBLIC, '--signing-keys', keys]
  const server = await spawnServe(args)
  const kids = async (): Promise<string> => {
    // Each request has a connection of its own, so the workers take turns.
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        fetch(`${server.url}/.well-known/jwks.json`, { headers: { connection: 'close' } }),
      ),
    )
    return [...new Set(await Promise.all(answers.map((answer) => answer.text())))].join()
  }
  expect(await readdir(keys)).toEqual(['first.json'])
  expect(JSON.parse(await kids()).keys).toHaveLength(1)
  await runInProcess(['keys', 'rotate', keys])
  await eventually('every worker publishes both keys', async () => JSON.parse(await kids()).keys.length === 2)
  server.child.kill('SIGHUP')
  await eventually('every worker reads the keys again', async () =>
    server.stderr().includes('the signing keys were reloaded'),
  )
  expect(await server.stop()).toBe(0)
})
