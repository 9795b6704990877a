import { resolve } from 'node:path'
import { defaultLimits, type Limits } from './server/limits.ts'
import type { TlsFiles } from './server/listen/tls-files.ts'

/** A checked location of a store. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'mongodb'; readonly uri: string }

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Everything that `waypost serve` can be told. */
export interface ServeConfig {
  readonly host: string
  readonly port: number
  readonly store: StoreLocation
  readonly basePath: string
  /** The name of a built-in policy, or the path of a module. */
  readonly defaultPolicy: string
  readonly logLevel: LogLevel
  /** Whether gRPC clients may ask for the proto files. */
  readonly reflection: boolean
  /** The origins whose pages may call from a browser. */
  readonly corsOrigins: readonly string[]
  /** The PEM files to speak TLS with; undefined: clear text. */
  readonly tls: TlsFiles | undefined
  /** What one request or connection may cost. */
  readonly limits: Limits
}

/** The settings as they are where nobody says otherwise, in the form in which they are given. */
export const defaults = {
  host: '127.0.0.1',
  port: '8080',
  store: 'sqlite:waypost.db',
  basePath: '',
  defaultPolicy: 'latest-semver',
  logLevel: 'info',
  reflection: 'true',
  corsOrigin: '',
  tlsPath: '',
  maxRequestBytes: `${defaultLimits.bodyBytes}`,
  maxHeaderBytes: `${defaultLimits.headerBytes}`,
  idleTimeout: `${defaultLimits.sessionIdleMs / 1000}`,
  maxConcurrentStreams: `${defaultLimits.concurrentStreams}`,
} as const

/** A setting's text is not what is allowed. The message says what is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** A host name or an address to bind to. */
export function parseHost(text: string): string {
  if (/^[\w.:-]+$/.test(text)) return text
  throw new ConfigError(`${JSON.stringify(text)} must be an address or a host name, such as 127.0.0.1 or 0.0.0.0.`)
}

/** A TCP port; 0 lets the system choose. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new ConfigError(`${JSON.stringify(text)} must be a whole number from 0 (any free port) to 65535.`)
}

/** `sqlite:PATH`, or a MongoDB connection string. */
export function parseStore(text: string): StoreLocation {
  const path = /^sqlite:(.+)$/.exec(text)?.[1]
  if (path !== undefined && !path.startsWith(':')) return { kind: 'sqlite', path: resolve(path) }
  if (/^mongodb(?:\+srv)?:\/\/./.test(text)) return { kind: 'mongodb', uri: text }
  throw new ConfigError('the value must be sqlite:PATH, mongodb://… or mongodb+srv://….')
}

/**
 * The text of a location, for people: without the user, the password and the options that a connection string may have.
 * Of one that isn't well-formed, nothing: a password could be anywhere in it.
 */
export function formatStore(location: StoreLocation): string {
  if (location.kind === 'sqlite') return `sqlite:${location.path}`
  const [, scheme, hosts] =
    /^(mongodb(?:\+srv)?:\/\/)(?:[^@/?#]*@)?([\w.:,[\]-]+)(?:[/?]|$)[^@]*$/.exec(location.uri) ?? []
  return hosts === undefined ? 'mongodb://…' : `${scheme}${hosts}`
}

/** The path below which REST is served: empty, or absolute and without a slash at its end. */
export function parseBasePath(text: string): string {
  const path = text.replace(/\/$/, '')
  if (path === '' || /^(?:\/[\w.~-]+)+$/.test(path)) return path
  throw new ConfigError(
    `${JSON.stringify(text)} must be a path such as /api/integrations/octue: letters, digits, "-", ".", "_" or "~" between slashes.`,
  )
}

/** The name of a built-in policy, or a path, which is seen to be a module only when it is loaded. */
export function parseDefaultPolicy(text: string): string {
  if (text !== '') return text
  throw new ConfigError(
    '"" must be latest-semver, latest-stable, manual, or the path of a JavaScript or TypeScript module.',
  )
}

/** How much is logged. */
export function parseLogLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text)
  if (level !== undefined) return level
  throw new ConfigError(`${JSON.stringify(text)} must be one of ${logLevels.join(', ')}.`)
}

/** A switch. */
export function parseSwitch(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new ConfigError(`${JSON.stringify(text)} must be true or false.`)
}

/** Origins with commas between them, each as a browser sends it: `https://app.example.com`, or `*` for any. */
export function parseCorsOrigins(text: string): readonly string[] {
  const origins = text.split(',').map((origin) => origin.trim())
  for (const origin of origins) {
    if (text === '' || origin === '*' || isOrigin(origin)) continue
    throw new ConfigError(
      `${JSON.stringify(origin)} must be an origin such as https://app.example.com (no path, no slash at its end), or *.`,
    )
  }
  return text === '' ? [] : origins
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && !text.includes('*')
}

/** A path, seen to be that of a file only when it is read. */
export function parsePath(text: string): string {
  return text === '' ? '' : resolve(text)
}

/** The files of TLS from their three settings, each a path or empty. */
export function toTlsFiles(cert: string, key: string, clientCa: string): TlsFiles | undefined {
  if (cert === '' && key === '' && clientCa === '') return undefined
  if (cert !== '' && key !== '') return { cert, key, clientCa: clientCa === '' ? undefined : clientCa }
  throw new ConfigError('--tls-cert and --tls-key must be given together; --tls-client-ca needs both.')
}

/** A whole number between two bounds. */
export function parseWhole(text: string, { least, most, unit }: Bounds): number {
  const value = Number(text)
  if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value
  throw new ConfigError(`${JSON.stringify(text)} must be a whole number of ${unit} from ${least} to ${most}.`)
}

/** The bounds of a whole number, and what it counts. */
export interface Bounds {
  readonly least: number
  readonly most: number
  readonly unit: string
}

/** The bounds of the limits that an operator can set. */
export const limitBounds = {
  maxRequestBytes: { least: 1024, most: 64 * 1024 * 1024, unit: 'bytes' },
  maxHeaderBytes: { least: 1024, most: 1024 * 1024, unit: 'bytes' },
  idleTimeout: { least: 1, most: 86_400, unit: 'seconds' },
  maxConcurrentStreams: { least: 1, most: 100_000, unit: 'streams' },
} as const satisfies Readonly<Record<string, Bounds>>

/** The limits of a server, with those that an operator has set. */
export function toLimits(given: { readonly [Name in keyof typeof limitBounds]: number }): Limits {
  const idleMs = given.idleTimeout * 1000
  return {
    ...defaultLimits,
    bodyBytes: given.maxRequestBytes,
    drainBytes: Math.max(defaultLimits.drainBytes, 8 * given.maxRequestBytes),
    headerBytes: given.maxHeaderBytes,
    sessionIdleMs: idleMs,
    keepAliveMs: Math.max(defaultLimits.keepAliveMs, idleMs),
    concurrentStreams: given.maxConcurrentStreams,
  }
}
