import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Import, ROOT } from './sources.ts'

/** The parts that each part of `src/` may import, by its path below `src/`, such as `domain` or `compose.ts`. */
export type ImportRules = Readonly<Record<string, readonly string[]>>

/** Packages that only one part may import. */
export const packagesOf: ImportRules = {
  domain: ['@renovatebot/pep440', 'murmurhash', 'semver', 'node:crypto'],
  telemetry: [
    'prom-client',
    ...['api', 'core', 'exporter-trace-otlp-http', 'resources', 'sdk-trace'].map((name) => `@opentelemetry/${name}`),
  ],
  measured: [],
  store: [
    'mongodb',
    'node:sqlite',
    'node:fs',
    'node:path',
    'node:assert',
    'node:crypto',
    'node:os',
    'node:timers',
    'node:util',
    'node:worker_threads',
    'node:zlib',
  ],
  modules: node('child_process', 'fs', 'net', 'stream', 'url', 'worker_threads'),
  auth: ['jose', 'yaml', 'zod', ...node('buffer', 'crypto', 'fs', 'path')],
  'call-tokens': ['jose', ...node('crypto', 'fs', 'path')],
  policy: node('fs', 'path'),
  'verify-call-token': ['jose'],
  registry: ['node:crypto', 'node:util'],
  transfer: ['node:sqlite', 'node:buffer'],
  verify: ['node:sqlite', 'node:util'],
  redact: [],
  server: [
    '@bufbuild/protobuf',
    '@connectrpc/connect',
    '@connectrpc/connect-node',
    ...node('crypto', 'events', 'fs', 'http', 'http2', 'net', 'stream', 'timers', 'tls'),
  ],
  client: [
    '@bufbuild/protobuf',
    '@connectrpc/connect',
    '@connectrpc/connect-node',
    '@connectrpc/connect-web',
    ...node('crypto', 'http', 'http2', 'https', 'net', 'tls', 'util', 'zlib'),
  ],
  'file-watch.ts': ['node:fs', 'node:fs/promises'],
  'open-call-tokens.ts': [],
  'open-door.ts': [],
  config: ['node:os', 'node:path'],
  'package-version.ts': ['node:fs'],
  'compose.ts': [],
  'for-workers.ts': [],
  'listen-address.ts': ['node:net'],
  'naming.ts': [],
  'start-server.ts': ['node:net'],
  'serve-metrics.ts': [],
  'identifiers.ts': ['node:crypto'],
  'server.ts': [],
  cli: [
    'commander',
    'pino',
    'yaml',
    ...node('child_process', 'crypto', 'events', 'fs', 'net', 'os', 'path', 'stream', 'timers', 'tty', 'url', 'util'),
  ],
}

/** Files that may import a path that is known at run time only. */
const computedImports = ['src/modules/child/main.ts']

/** The words in the table of CONTRIBUTING.md for parts that are not folders. */
const words: Readonly<Record<string, string>> = { 'the store port': 'store/store.ts' }

/** The rules in the table of folders of CONTRIBUTING.md. */
export function readRules(): ImportRules {
  return rulesIn(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'))
}

/** Reads the rules from the rows about `src/`. The last column has the parts that this part may import. */
export function rulesIn(markdown: string): ImportRules {
  const rows = [...markdown.matchAll(/^\| `src\/([\w./-]+)` \|.*\| ([^|]+) \|$/gm)]
  return Object.fromEntries(
    rows.map(([, path = '', cell = '']) => {
      const names = cell === 'nothing' ? [] : cell.split(', ').map((name) => words[name] ?? name.replaceAll('`', ''))
      return [path.replace(/\/$/, ''), names]
    }),
  )
}

/** The reason why an import in `src/` is not allowed, or undefined if it is allowed. */
export function violation(rules: ImportRules, { file, target, isPackage }: Import): string | undefined {
  if (target === '?') return computedImports.includes(file) ? undefined : `${file} must not import a computed path`
  const path = target.replace(/^src\//, '')
  const part = partOf(file.replace(/^src\//, ''))
  const allowed = (isPackage ? packagesOf : rules)[part]
  if (allowed === undefined) return `${file}: the part "${part}" has no rule`
  const isAllowed = isPackage
    ? allowed.some((name) => path === name || path.startsWith(`${name}/`))
    : partOf(path) === part ||
      allowed.some((place) => path === place || path.startsWith(`${place}/`) || partOf(path) === place)
  return isAllowed ? undefined : `${file} must not import ${target}`
}

/** A chain of imports that returns to its start, or undefined if there is none. */
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
