import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The parts of `src/`, and what of ours each may import. A part may always import itself. */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  'time-limit.ts': [],
  telemetry: [],
  store: ['domain', 'time-limit.ts'],
  policy: ['domain', 'time-limit.ts'],
  registry: ['domain', 'store/store.ts', 'time-limit.ts'],
  transfer: ['domain', 'registry', 'store/store.ts'],
  server: ['domain', 'registry', 'telemetry', 'store/store.ts', 'gen', 'docs/openapi.json'],
  client: ['domain', 'gen'],
  'config.ts': [],
  'compose.ts': ['domain', 'store', 'policy', 'registry', 'telemetry', 'server', 'config.ts'],
  'server.ts': ['domain', 'store/store.ts', 'telemetry', 'server', 'config.ts', 'compose.ts'],
  cli: ['client', 'transfer', 'config.ts', 'compose.ts'],
}

/** Packages that only one part may know of, so that the others stay what they are. */
export const packagesOf: Readonly<Record<string, readonly string[]>> = {
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
    ...['@connectrpc/connect', '@connectrpc/connect-node', '@connectrpc/connect-web'],
    ...node('crypto', 'http', 'https', 'tls'),
  ],
  'config.ts': ['node:path'],
  'compose.ts': ['node:crypto'],
  'server.ts': [],
  cli: ['commander', 'pino', ...node('fs', 'stream')],
}

/** One import statement of a source file. Paths are from the root of `src/`; `gen/…` is the generated code. */
export interface Import {
  readonly file: string
  readonly target: string
  readonly isPackage: boolean
}

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))

/** Every import and re-export of every file of `src/`. */
export function readImports(): Import[] {
  return sourceFiles().flatMap((file) => {
    const text = readFileSync(join(SRC, file), 'utf8')
    const specifiers = [...text.matchAll(/^(?:import|export)\b[^'"]*?from\s*'([^']+)'|^import\s*'([^']+)'/gm)]
    return specifiers.map(([, from, bare]) => toImport(file, from ?? bare ?? ''))
  })
}

/** What is wrong with an import; undefined where nothing is. */
export function violation({ file, target, isPackage }: Import): string | undefined {
  const part = partOf(file)
  const allowed = (isPackage ? packagesOf : allowedImports)[part]
  if (allowed === undefined) return `${file}: the part "${part}" has no rule`
  const isAllowed = isPackage
    ? allowed.some((name) => target === name || target.startsWith(`${name}/`))
    : partOf(target) === part || allowed.some((place) => target === place || partOf(target) === place)
  return isAllowed ? undefined : `${file} must not import ${target}`
}

/** Chains of imports that come back to where they began. */
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

function sourceFiles(): string[] {
  return (readdirSync(SRC, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'))
}

function toImport(file: string, specifier: string): Import {
  if (!specifier.startsWith('.')) return { file, isPackage: true, target: specifier }
  const target = relative(SRC, join(SRC, dirname(file), specifier))
  return { file, isPackage: false, target: target.replace(/^\.\.\/(gen|docs)\//, '$1/') }
}

function partOf(path: string): string {
  return path.split('/')[0] ?? path
}

function node(...names: string[]): string[] {
  return names.map((name) => `node:${name}`)
}
