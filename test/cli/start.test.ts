import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packagesOf, recordModules, sourcesOf } from '../support/loaded-modules.ts'
import { runWaypost, spawnServe } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'
import { type CliRegistry, startCliRegistry } from './cli-registry.ts'

let registry: CliRegistry

beforeAll(async () => {
  registry = await startCliRegistry()
  await registry.client.register('my-org/my-service:1.2.9')
})

afterAll(() => registry.stop())

const modulesOf = (...args: readonly string[]) =>
  recordModules(async (env) => {
    const result = await runWaypost(args, { ...env, WAYPOST_REGISTRY: registry.url })
    expect(result).toMatchObject({ exitCode: 0, stderr: '' })
  })

// Each of these takes longer than a whole lookup.
const slow = ['internal/deps/undici/undici', 'http2', 'https', 'tls', 'sqlite']

const ofRegistry = [
  ['get', 'my-org/my-service'],
  ['register', 'my-org/my-service:1.2.9'],
  ['services'],
  ['revisions', 'my-org/my-service'],
  ['default', 'set', 'my-org/my-service:1.2.9'],
]

describe('the start of a command', () => {
  test('--version loads no package except commander, no command and nothing of the client', async () => {
    const modules = await modulesOf('--version')
    expect(packagesOf(modules)).toEqual(['commander'])
    expect(
      sourcesOf(modules).filter((file) => /^(?:cli\/commands|client\/api|client\/calls|store)\//.test(file)),
    ).toEqual([])
    expect(modules.filter((name) => [...slow, 'http'].includes(name))).toEqual([])
  })

  test.for(ofRegistry)('%s %s loads only the packages that a call needs, and only its own command', async (args) => {
    const modules = await modulesOf(...args)
    expect(packagesOf(modules)).toEqual(['@bufbuild/protobuf', '@connectrpc/connect', 'commander'])
    expect(modules.filter((name) => slow.includes(name))).toEqual([])
    const sources = sourcesOf(modules)
    expect(
      sources.filter((file) =>
        /^(?:store|registry|server\/(?!limits|http\/(?:host-rule|duplicate-key))|telemetry|transfer|policy)/.test(file),
      ),
    ).toEqual([])
    const commands = sources.filter((file) => file.startsWith('cli/commands/'))
    expect(commands.filter((file) => !file.startsWith(`cli/commands/${args[0]}`))).toEqual([])
  })

  test('a call with a configuration file loads yaml, and no other package in addition', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waypost-start-'))
    const file = join(folder, 'config.yaml')
    writeFileSync(file, `profiles:\n  default:\n    registry: ${registry.url}\n`)
    const modules = await recordModules(async (env) => {
      const result = await runWaypost(['get', 'my-org/my-service'], { ...env, WAYPOST_CONFIG: file })
      expect(result).toMatchObject({ exitCode: 0, stderr: '' })
    })
    expect(packagesOf(modules)).toEqual(['@bufbuild/protobuf', '@connectrpc/connect', 'commander', 'yaml'])
    rmSync(folder, { recursive: true })
  })

  test('a server without workers loads nothing of them, and one with workers serves no calls in its own process', async () => {
    const storage = await sqliteStorage()
    const serve = (...args: readonly string[]) =>
      recordModules(async (env) => (await spawnServe(['--store', storage.location, ...args], env)).stop())
    const alone = sourcesOf(await serve())
    expect(alone).toContain('start-server.ts')
    expect(alone.filter((file) => /workers|shared/.test(file))).toEqual([])
    const primary = await serve('--workers', '2')
    expect(sourcesOf(primary)).toContain('for-workers.ts')
    expect(
      sourcesOf(primary).filter((file) => /^(?:start-server|compose|registry|server\/(?:rpc|rest|call))/.test(file)),
    ).toEqual([])
    expect(packagesOf(primary).filter((name) => /^@(?:bufbuild|connectrpc)|^mongodb/.test(name))).toEqual([])
    await storage.remove()
  })

  test('a command that opens a store loads no store before it needs one', async () => {
    const modules = await recordModules((env) => runWaypost(['export', '--store', 'sqlite:missing.db'], env))
    expect(packagesOf(modules)).toEqual(['commander'])
  })
})
