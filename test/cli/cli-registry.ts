import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { createRegistryClient, type RegistryClient } from '../../src/client/index.ts'
import { type Finished, runWaypost, spawnServe } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** A registry of its own, and the program that speaks to it. */
export interface CliRegistry {
  readonly url: string
  /** Sets up what a test is not about, faster than a process does. */
  readonly client: RegistryClient
  /** Runs `waypost` to its end. */
  waypost(...args: readonly string[]): Promise<Finished>
  /** What `waypost` prints for people, where it succeeds and has nothing to complain of. */
  text(...args: readonly string[]): Promise<string>
  /** The lines that `waypost … --json` prints, each of which is JSON with the API's keys. */
  json(...args: readonly string[]): Promise<JsonObject[]>
  /** Runs `waypost` with its output piped into a command of the shell; the exit code is the shell's. */
  piped(into: string, ...args: readonly string[]): Promise<Finished>
  /** What REST answers, which has the keys that scripts know. */
  rest(path: string): Promise<JsonObject>
  stop(): Promise<void>
}

export type JsonObject = Readonly<Record<string, unknown>>

export async function startCliRegistry(...serveArgs: readonly string[]): Promise<CliRegistry> {
  const storage = await sqliteStorage()
  const server = await spawnServe(['--store', storage.location, '--log-level', 'silent', ...serveArgs])
  const waypost = (...args: readonly string[]) => runWaypost(args, { WAYPOST_REGISTRY: server.url })
  const text = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await waypost(...args)
    expect([exitCode, stderr], args.join(' ')).toEqual([0, ''])
    return stdout
  }
  return {
    url: server.url,
    client: createRegistryClient({ baseUrl: server.url }),
    waypost,
    text,
    json: async (...args) => parseJsonLines(await text(...args, '--json')),
    piped: (into, ...args) => runShell(`"$@" | ${into}`, args, { WAYPOST_REGISTRY: server.url }),
    rest: async (path) => (await fetch(`${server.url}${path}`)).json() as Promise<JsonObject>,
    stop: async () => {
      await server.stop()
      await storage.remove()
    },
  }
}

/** Runs a line of the shell in which `"$@"` is `waypost` with these arguments. */
export function runShell(line: string, args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const command = ['-c', line, 'sh', process.execPath, MAIN, ...args]
  return new Promise((resolve) => {
    execFile('sh', command, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** The objects of newline-delimited JSON, whose keys are those of the API. */
export function parseJsonLines(text: string): JsonObject[] {
  expect(text === '' || text.endsWith('\n')).toBe(true)
  const objects = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JsonObject)
  for (const key of objects.flatMap(keysOf)) expect(key).toMatch(/^[a-z]+(_[a-z]+)*$/)
  return objects
}

/** The one object of a list. */
export function only<T>(items: readonly T[]): T {
  expect(items).toHaveLength(1)
  return items[0] as T
}

/** What a refused command leaves: nothing on stdout, and one line that says why. */
export function refused(exitCode: number, why: RegExp) {
  return { exitCode, stdout: '', stderr: expect.stringMatching(new RegExp(`^waypost: .*${why.source}.*\\n$`)) }
}

// The names of labels and of metadata are their owners'.
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    key === 'labels' || key === 'metadata' ? [key] : [key, ...keysOf(part)],
  )
}
