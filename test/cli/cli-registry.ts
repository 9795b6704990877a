import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { createRegistryClient, type RegistryClient } from '../../src/client/index.ts'
import { withoutSettings } from '../support/environment.ts'
import { type Finished, runWaypost, spawnServe } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** A registry for one test file, and the program that calls it. */
export interface CliRegistry {
  readonly url: string
  /** Prepares the state of a test faster than the program can. */
  readonly client: RegistryClient
  /** Runs `waypost` until it ends. */
  waypost(...args: readonly string[]): Promise<Finished>
  /** The text that `waypost` prints. Fails if the exit code is not 0 or something was written to stderr. */
  text(...args: readonly string[]): Promise<string>
  /** The lines of `waypost … --json` as objects. Fails if their keys are not those of the API. */
  json(...args: readonly string[]): Promise<JsonObject[]>
  /** Runs `waypost` with its output piped into a shell command. The exit code is that of the shell. */
  piped(into: string, ...args: readonly string[]): Promise<Finished>
  /** Runs `waypost` with its output in a file. */
  redirected(into: string, ...args: readonly string[]): Promise<Finished>
  /** The answer of REST, which has the keys of the API. See {@link fetchRest}. */
  rest(path: string): Promise<JsonObject>
  stop(): Promise<void>
}

export type JsonObject = Readonly<Record<string, unknown>>

export async function startCliRegistry(...serveArgs: readonly string[]): Promise<CliRegistry> {
  const storage = await sqliteStorage()
  const server = await spawnServe(['--store', storage.location, '--log-level', 'silent', ...serveArgs])
  const waypost = (...args: readonly string[]) => runWaypost(args, { WAYPOST_REGISTRY: server.url })
  return {
    url: server.url,
    client: createRegistryClient({ baseUrl: server.url }),
    ...programOf(waypost),
    piped: (into, ...args) => runShell(`"$@" | ${into}`, args, { WAYPOST_REGISTRY: server.url }),
    redirected: (into, ...args) => runShell(`"$@" > ${into}`, args, { WAYPOST_REGISTRY: server.url }),
    rest: (path) => fetchRest(`${server.url}${path}`),
    stop: async () => {
      await server.stop()
      await storage.remove()
    },
  }
}

/** An answer of REST. It has integers of 64 bits as strings, and the JSON of the command line has numbers. */
export async function fetchRest(url: string): Promise<JsonObject> {
  const text = await (await fetch(url)).text()
  return JSON.parse(text, (key, value) => (key === 'generation' ? Number(value) : value))
}

/** Runs a shell line in which `"$@"` stands for `waypost` with these arguments. */
export function runShell(line: string, args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const command = ['-c', line, 'sh', process.execPath, MAIN, ...args]
  return new Promise((resolve) => {
    execFile('sh', command, { env: { ...withoutSettings(), ...env } }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** The lines of an export without the generations and the hashes, which an import does not bring along. */
export function statesOf(text: string): JsonObject[] {
  return parseJsonLines(text).map(({ generation, hash, ...state }) => state)
}

/** The ways to run `waypost` and to read what it prints. `waypost` runs it once. */
export function programOf(waypost: CliRegistry['waypost']): Pick<CliRegistry, 'waypost' | 'text' | 'json'> {
  const text = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await waypost(...args)
    expect([exitCode, stderr], args.join(' ')).toEqual([0, ''])
    return stdout
  }
  return { waypost, text, json: async (...args) => parseJsonLines(await text(...args, '--json')) }
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

/** The only object of a list. */
export function only<T>(items: readonly T[]): T {
  expect(items).toHaveLength(1)
  return items[0] as T
}

/** The result of a refused command: nothing on stdout and one line with the reason on stderr. */
export function refused(exitCode: number, why: RegExp) {
  return { exitCode, stdout: '', stderr: expect.stringMatching(new RegExp(`^waypost: .*${why.source}.*\\n$`)) }
}

// The names of labels and metadata are free, so they are left out.
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    key === 'labels' || key === 'metadata' ? [key] : [key, ...keysOf(part)],
  )
}
