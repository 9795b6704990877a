import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findPythonWith, hasCommand, skipWithout } from '../support/tools.ts'

// Follows docs/clients.md line by line: writes its files to an empty folder, runs its commands there, and compares their
// output. The tools of each language generate the clients from our proto.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Go takes the longest with empty caches. It compiles grpc-go, which took 46 seconds on two busy cores. */
const TIMEOUT_MS = 300_000

/** The contents of the section of one language. */
interface Example {
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly commands: readonly string[]
  readonly prints: string
}

const page = await readFile(join(ROOT, 'docs/clients.md'), 'utf8')

function readExample(language: string): Example {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${language}\n`)) ?? ''
  const blocks = (pattern: RegExp) => [...section.matchAll(pattern)].map(([, ...groups]) => groups as string[])
  return {
    files: blocks(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm).map(([path = '', text = '']) => ({ path, text })),
    commands: blocks(/^```sh\n([\s\S]*?)^```$/gm).map(([script = '']) => script),
    prints: blocks(/^```text\n([\s\S]*?)^```$/gm)[0]?.[0] ?? '',
  }
}

let storage: Storage
let server: ServeProcess
beforeAll(async () => {
  storage = await sqliteStorage()
  server = await spawnServe(['--store', storage.location])
})
afterAll(async () => {
  await server.stop()
  await storage.remove()
})

async function follow({ files, commands }: Example, python?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-client-'))
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    if (python !== undefined) {
      const wrapper = `#!/bin/sh\nexec '${python}' "$@"\n`
      await mkdir(join(folder, '.venv/bin'), { recursive: true })
      await writeFile(join(folder, '.venv/bin/python'), wrapper, { mode: 0o755 })
    }
    const env = { ...process.env, WAYPOST: ROOT.replace(/\/$/, ''), REGISTRY: new URL(server.url).host }
    const options = { cwd: folder, env, timeout: TIMEOUT_MS, maxBuffer: 1e8 }
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands.join('')], options)
    // Maven resets the colors of a terminal even if its output is not a terminal.
    return stripVTControlCharacters(stdout)
  } finally {
    // The cache of Go is in another folder, because its files are read-only.
    await rm(folder, { recursive: true, force: true })
  }
}

const python = findPythonWith('grpc_tools', 'grpc_status', 'google.api')
const noPython = skipWithout(python !== undefined, 'the documented client in Python: no Python 3 with grpcio-tools')
describe.skipIf(noPython)('docs/clients.md', () => {
  test('the Python client in docs/clients.md registers and gets over gRPC', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { commands, ...example } = readExample('Python')
    const [install = '', ...rest] = commands
    // The packages of the first block are already installed on this machine.
    expect(install).toContain('pip install grpcio')
    expect(rest).toHaveLength(1)
    expect(await follow({ ...example, commands: rest }, python)).toBe(example.prints)
    expect(example.prints).toContain('SERVICE_NOT_FOUND')
  })
})

const noGo = skipWithout(hasCommand('go', 'version'), 'the documented client in Go: go is not installed')
describe.skipIf(noGo)('docs/clients.md', () => {
  test('the Go client in docs/clients.md registers and gets over gRPC', { timeout: TIMEOUT_MS }, async () => {
    const example = readExample('Go')
    expect(await follow(example)).toBe(example.prints)
    expect(example.prints).toContain('SERVICE_NOT_FOUND')
  })
})

const noMaven = skipWithout(hasCommand('mvn'), 'the documented client in Java: mvn is not installed')
describe.skipIf(noMaven)('docs/clients.md', () => {
  test('the Java client in docs/clients.md registers and gets over gRPC', { timeout: TIMEOUT_MS }, async () => {
    const example = readExample('Java')
    expect(await follow(example)).toBe(example.prints)
    expect(example.prints).toContain('SERVICE_NOT_FOUND')
  })
})
