import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Import, ROOT } from './sources.ts'

/** What each part of `src/` may import of ours, by its path below `src/`, such as `domain` or `config.ts`. */
export type ImportRules = Readonly<Record<string, readonly string[]>>

/** Packages that only one part may know of, so that the others stay what they are. */
export const packagesOf: ImportRules = {
  domain: ['semver'],
  telemetry: [],
  store: ['mongodb', 'node:sqlite', 'node:fs', 'node:path', 'node:assert', 'node:crypto'],
  policy: ['node:fs', 'node:path', 'node:url', 'node:worker_threads'],
  registry: ['node:crypto'],
  transfer: ['node:sqlite'],
  server: [
    '@bufbuild/protobuf',
    '@connectrpc/connect',
    '@connectrpc/connect-node',
    ...node('crypto', 'fs', 'http', 'http2', 'net', 'stream', 'tls'),
  ],
  client: [
    '@bufbuild/protobuf',
    '@connectrpc/connect',
    '@connectrpc/connect-node',
    '@connectrpc/connect-web',
    ...node('crypto', 'http', 'https', 'tls'),
  ],
  'config.ts': ['node:path'],
  'package-version.ts': ['node:fs'],
  'compose.ts': ['node:crypto'],
  'server.ts': [],
  cli: ['commander', 'pino', ...node('fs', 'stream')],
}

/** Dynamic imports of a path that is known at run time only, each with the file that may have it. */
const computedImports = ['src/policy/policy-worker.ts']

/** The words of CONTRIBUTING's table for things that are no folder. */
const words: Readonly<Record<string, string>> = { 'the store port': 'store/store.ts' }

/** The rules that CONTRIBUTING's table of folders states. */
export function readRules(): ImportRules {
  return rulesIn(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'))
}

/** The rules of the rows of a table that are about `src/`: its last column names what the part may import of ours. */
export function rulesIn(markdown: string): ImportRules {
  const rows = [...markdown.matchAll(/^\| `src\/([\w./-]+)` \|.*\| ([^|]+) \|$/gm)]
  return Object.fromEntries(
    rows.map(([, path = '', cell = '']) => {
      const names = cell === 'nothing' ? [] : cell.split(', ').map((name) => words[name] ?? name.replaceAll('`', ''))
      return [path.replace(/\/$/, ''), names]
    }),
  )
}

/** What is wrong with an import of `src/`; undefined: nothing is. */
export function violation(rules: ImportRules, { file, target, isPackage }: Import): string | undefined {
  if (target === '?') return computedImports.includes(file) ? undefined : `${file} must not import a computed path`
  const path = target.replace(/^src\//, '')
  const part = partOf(file.replace(/^src\//, ''))
  const allowed = (isPackage ? packagesOf : rules)[part]
  if (allowed === undefined) return `${file}: the part "${part}" has no rule`
  const isAllowed = isPackage
    ? allowed.some((name) => path === name || path.startsWith(`${name}/`))
    : partOf(path) === part || allowed.some((place) => path === place || partOf(path) === place)
  return isAllowed ? undefined : `${file} must not import ${target}`
}

/** A chain of imports that comes back to where it began; undefined: there is none. */
export function findCycle(imports: readonly Import[]): string[] | undefined {
  const targets = Map.groupBy(
    imports.filter(({ isPackage }) => !isPackage),
    ({ file }) => file,
  )
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const { target } of targets.get(file) ?? []) {
      const cycle = visit(target, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  return [...targets.keys()].map((file) => visit(file, [])).find((cycle) => cycle !== undefined)
}

function partOf(path: string): string {
  return path.split('/')[0] ?? path
}

function node(...names: string[]): string[] {
  return names.map((name) => `node:${name}`)
}
