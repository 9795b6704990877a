import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runWaypost } from '../support/serve.ts'
import { type CliRegistry, startCliRegistry } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'

let registry: CliRegistry
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-help-'))
  await writeFile(join(folder, 'dump.json'), '[]')
  await writeFile(join(folder, 'access.yaml'), 'grants: [{ permissions: [read], on: ["*"], to: anyone }]')
  const keys = ['--signing-keys', join(folder, 'keys')]
  registry = await startCliRegistry('--call-tokens', 'jwt', '--public-url', 'https://registry.example.com', ...keys)
})

afterAll(async () => {
  await registry.stop()
  await rm(folder, { recursive: true })
})

const commands = [
  ...['register', 'get', 'update', 'deprecate', 'undeprecate', 'yank', 'unyank'],
  ...['default', 'default set', 'default clear', 'alias', 'alias set', 'alias get', 'alias delete', 'alias list'],
  ...['rollout', 'rollout set', 'rollout show', 'rollout who', 'rollout end', 'log', 'diff', 'revert'],
  ...[
    'namespaces',
    'services',
    'revisions',
    'whoami',
    'token',
    'policy',
    'policy test',
    'policy backtest',
    'auth',
    'auth check',
    'auth token',
    'import',
    'export',
    'verify',
    'redact',
    'upgrade',
    'keys',
    'keys rotate',
  ],
  // In this order: each example needs the profiles that the ones before it have made.
  ...['config', 'config set', 'config list', 'config get', 'config use', 'config unset', 'config path'],
  // This example comes last, because a deleted tag is never registered again.
  'delete',
]

/** Prepares the service and the revisions that the examples name. */
async function prepare(command: string): Promise<void> {
  const { client } = registry
  const service = 'my-org/my-service'
  for (const tag of ['1.2.8', '1.3.0']) await client.register(`${service}:${tag}`)
  // The example of `register` comes first and registers exactly this.
  if (command !== 'register') await client.register(`${service}:1.2.9`, { labels: { tier: 'web' } })
  if (command === 'delete') await client.revisions.yank(`${service}:1.2.9`)
  else if (command !== 'register') await client.revisions.unyank(`${service}:1.2.9`)
  await client.aliases.set(service, 'beta', { revisionTag: '1.3.0' })
  if (!command.startsWith('rollout')) return
  await client.defaults.set(`${service}:1.2.8`)
  if (!/^rollout(?: set)?$/.test(command))
    await client.rollouts.set(service, [{ revisionTag: '1.3.0', weight: 10_000 }])
}

/** The words of the example in a help text, with files in a folder of the test and with an existing etag. */
async function exampleOf(help: string): Promise<string[]> {
  const [, line = ''] = /\nExample:\n {2}\$ waypost (.+)\n/.exec(help) ?? []
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word = '']) => quoted ?? word)
  const isAt = (flag: string, index: number) => words[index - 1] === flag
  const { etag = '' } = words.includes('--etag') ? await registry.client.get(words[1] ?? '', { view: 'FULL' }) : {}
  return words.map((word, index) => {
    if (isAt('--etag', index)) return etag
    if (isAt('--store', index)) return word.replace(/^sqlite:/, `sqlite:${folder}/`)
    if (word === '/var/lib/waypost/keys') return join(folder, 'rotated')
    return isAt('--output', index) || ['dump.json', 'access.yaml'].includes(word) ? join(folder, word) : word
  })
}

/** Commands that open a store or start a process of a module. Each runs in its own process, as it does for its users. */
const isLocal = (command: string) =>
  ['import', 'export', 'verify', 'redact', 'upgrade', 'policy backtest'].includes(command)

/** Runs the example of a command, with a configuration file of the test. */
const run = (command: string, example: readonly string[]) => {
  const config = example[0] === 'config' ? { XDG_CONFIG_HOME: folder } : {}
  const env = { WAYPOST_REGISTRY: registry.url, ...config }
  return isLocal(command) ? runWaypost(example, env) : runInProcess(example, env)
}

describe('--help', () => {
  test.for(commands)('the help of %s has a description, the exit codes and an example that works', async (command) => {
    // In this order: the last examples read what the import before them has made.
    if (['export', 'verify', 'redact', 'upgrade'].includes(command))
      await runWaypost(['import', join(folder, 'dump.json'), '--store', `sqlite:${folder}/waypost.db`])
    await prepare(command)
    const { exitCode, stdout, stderr } = await runInProcess([...command.split(' '), '--help'])
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Usage: waypost .+\n\n[A-Z][\s\S]+?\.\n/)
    expect(stdout).toMatch(/\nExit codes:\n {2}0 {2}done\n(.*\n)* {2}141 {2}.*\n$/)
    const example = await exampleOf(stdout)
    expect(example.join(' ').startsWith(command)).toBe(true)
    const result = await run(command, example)
    expect({ ...result, stdout: '' }, example.join(' ')).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })

  test('the help names every command', async () => {
    const { stdout } = await registry.waypost('--help')
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name)
    const named = [...new Set(commands.map((command) => command.split(' ')[0]))]
    expect(listed.toSorted()).toEqual([...named, 'serve', 'help'].toSorted())
  })

  test.for(['alias', 'auth', 'default', 'keys', 'policy', 'config', 'rollout'])(
    'waypost %s without a command prints its help and exits with 2',
    async (command) => {
      const { exitCode, stderr } = await registry.waypost(command)
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`Usage: waypost ${command}`)])
    },
  )
})
