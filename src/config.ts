import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { AccessConfig } from './access-config.ts'
import type { CallTokensConfig } from './call-tokens-config.ts'
import { ConfigError } from './config-error.ts'
import { codeSchemes } from './domain/uri.ts'
import type { Rates } from './server/call/rate-limit.ts'
import { toHostName } from './server/http/host-rule.ts'
import { defaultLimits, type Limits } from './server/limits.ts'
import type { ClientAuth } from './server/listen/tls.ts'
import type { TlsFiles } from './server/listen/tls-files.ts'

export { ConfigError }

/** A checked location of a store. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'mongodb'; readonly uri: string }

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const logFormats = ['auto', 'json', 'text'] as const
export type LogFormat = (typeof logFormats)[number]

/** The settings of `waypost serve`. */
export interface ServeConfig {
  readonly host: string
  readonly port: number
  readonly store: StoreLocation
  readonly basePath: string
  /** The name of a built-in policy, or the path of a module. */
  readonly defaultPolicy: string
  readonly logLevel: LogLevel
  /** The form of the log; `auto`: text on a terminal, JSON elsewhere. */
  readonly logFormat: LogFormat
  /** Whether gRPC clients may ask for the proto files. */
  readonly reflection: boolean
  /** The origins whose pages may call from a browser. */
  readonly corsOrigins: readonly string[]
  /** The hosts that requests may be sent to, in addition to the names of this machine. */
  readonly allowedHosts: readonly string[]
  /** The schemes that endpoints may have in addition to the usual ones, in lower case. */
  readonly endpointSchemes: readonly string[]
  /** The PEM files for TLS; undefined: the server speaks clear text. */
  readonly tls: TlsFiles | undefined
  /** The most that one request or connection may cost. */
  readonly limits: Limits
  /** The number of processes that serve. 1: the process that was started serves itself. */
  readonly workers: number
  readonly access: AccessConfig
  /** The most that callers may send and store. Default: as much as they like. */
  readonly callerLimits?: CallerLimits | undefined
  readonly callTokens: CallTokensConfig
  readonly telemetry: TelemetryConfig
}

/** The most that callers may send and store. */
export interface CallerLimits {
  /** The calls that each caller may send per second. */
  readonly rates: Rates
  /** The most revisions of a service; undefined: no limit. */
  readonly revisionsPerService: number | undefined
  /** The most services of a namespace; undefined: no limit. */
  readonly servicesPerNamespace: number | undefined
}

/** The settings that let others see what a server does. */
export interface TelemetryConfig {
  /** The address on which Prometheus reads the metrics; undefined: the server serves no metrics. */
  readonly metrics: MetricsPlace | undefined
  /** Whether the log has a line for each request. */
  readonly accessLog: boolean
  /** The URL of the collector that receives the traces; undefined: the server sends no traces. */
  readonly otlpEndpoint: string | undefined
}

/** An address to listen on for requests for metrics. */
export interface MetricsPlace {
  readonly host: string
  readonly port: number
}

/** The default of each setting, as text, in the form of the flags and variables. */
export const defaults = {
  host: '127.0.0.1',
  port: '8080',
  store: 'sqlite:waypost.db',
  basePath: '',
  defaultPolicy: 'latest-semver',
  logLevel: 'info',
  logFormat: 'auto',
  reflection: 'true',
  corsOrigin: '',
  allowedHost: '',
  endpointScheme: '',
  tlsPath: '',
  tlsClientAuth: '',
  maxRequestBytes: `${defaultLimits.bodyBytes}`,
  maxHeaderBytes: `${defaultLimits.headerBytes}`,
  idleTimeout: `${defaultLimits.sessionIdleMs / 1000}`,
  maxConcurrentStreams: `${defaultLimits.concurrentStreams}`,
  workers: '1',
  metricsHost: '127.0.0.1',
  metricsPort: '',
  accessLog: 'false',
  otlpEndpoint: '',
} as const

/** Parses a host name or an address to listen on. */
export function parseHost(text: string): string {
  if (/^[\w.:-]+$/.test(text)) return text
  throw new ConfigError(
    `${JSON.stringify(text)} is not valid; use an address or a host name, such as 127.0.0.1 or 0.0.0.0.`,
  )
}

/** Parses a TCP port. The system chooses a port for 0. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use a whole number from 0 (any free port) to 65535.`)
}

/**
 * Parses the location of a store: `sqlite:PATH`, or a MongoDB connection string. The error does not repeat the text,
 * because it may contain a password.
 */
export function parseStore(text: string): StoreLocation {
  const path = /^sqlite:(.+)$/.exec(text)?.[1]
  if (path !== undefined && !path.startsWith(':')) return { kind: 'sqlite', path: resolve(path) }
  if (/^mongodb(?:\+srv)?:\/\/./.test(text)) return { kind: 'mongodb', uri: text }
  throw new ConfigError(
    'the location of the store is not valid; use sqlite:PATH, mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE.',
  )
}

/**
 * The text of a location, for people. It leaves out the user, the password and the options of a connection string. It
 * hides a malformed connection string completely, because the password could be anywhere in it.
 */
export function formatStore(location: StoreLocation): string {
  if (location.kind === 'sqlite') return `sqlite:${location.path}`
  const [, scheme, hosts] =
    /^(mongodb(?:\+srv)?:\/\/)(?:[^@/?#]*@)?([\w.:,[\]-]+)(?:[/?]|$)[^@]*$/.exec(location.uri) ?? []
  return hosts === undefined ? 'mongodb://…' : `${scheme}${hosts}`
}

/** Parses the path below which the server offers REST: empty, or absolute. Removes one slash at its end. */
export function parseBasePath(text: string): string {
  const path = text.replace(/\/$/, '')
  if (path === '' || /^(?:\/[\w.~-]+)+$/.test(path)) return path
  throw new ConfigError(
    `${JSON.stringify(text)} is not valid; use a path such as /api/integrations/octue, with letters, digits, "-", ".", "_" or "~" between its slashes.`,
  )
}

/** The name of a built-in policy, or the path of a module. Whether the module exists is checked when it is loaded. */
export function parseDefaultPolicy(text: string): string {
  if (text !== '') return text
  throw new ConfigError(
    '"" is not valid; use latest-semver, latest-stable, manual, or the path of a JavaScript or TypeScript module.',
  )
}

/** Parses a log level. */
export function parseLogLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text)
  if (level !== undefined) return level
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use one of ${logLevels.join(', ')}.`)
}

/** Parses a form of the log. */
export function parseLogFormat(text: string): LogFormat {
  const format = logFormats.find((known) => known === text)
  if (format !== undefined) return format
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use one of ${logFormats.join(', ')}.`)
}

/** Parses `true` or `false`. */
export function parseSwitch(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use true or false.`)
}

/** Parses origins with commas between them. Each is as a browser sends it (`https://app.example.com`), or `*` for any. */
export function parseCorsOrigins(text: string): readonly string[] {
  const origins = text.split(',').map((origin) => origin.trim())
  for (const origin of origins) {
    if (text === '' || origin === '*' || isOrigin(origin)) continue
    throw new ConfigError(
      `${JSON.stringify(origin)} is not valid; use an origin such as https://app.example.com, without a path or a slash at its end, or use *.`,
    )
  }
  return text === '' ? [] : origins
}

/**
 * Parses host names and addresses with commas between them, or `*` for any host. They have no scheme and no port, and
 * the port of a request does not matter.
 */
export function parseAllowedHosts(text: string): readonly string[] {
  if (text === '') return []
  return text.split(',').map((part) => {
    const given = part.trim()
    const host = given === '*' ? given : toHostName(given)
    // A port would be left out, and its operator would not notice.
    if (host !== undefined && !/^[^[:]+:|\]:/.test(given)) return host
    throw new ConfigError(
      `${JSON.stringify(given)} is not valid; use a host name or an address, such as registry.example.com, without a scheme and a port, or use *.`,
    )
  })
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && !text.includes('*')
}

/** Parses schemes of URIs with commas between them, such as `sip,coap`. Each is returned in lower case. */
export function parseEndpointSchemes(text: string): readonly string[] {
  if (text === '') return []
  return text.split(',').map((given) => {
    const scheme = given.trim().toLowerCase()
    if (/^[a-z][a-z0-9+.-]{0,62}$/.test(scheme) && !codeSchemes.includes(scheme)) return scheme
    throw new ConfigError(
      `${JSON.stringify(given.trim())} is not valid; use a scheme such as sip, without "://", except ${codeSchemes.join(', ')}.`,
    )
  })
}

/** Parses a TCP port as `parsePort` does. The empty text stands for no port. */
export function parseOptionalPort(text: string): number | undefined {
  return text === '' ? undefined : parsePort(text)
}

/** Parses the URL of a collector of traces. The empty text stands for none. */
export function parseOtlpEndpoint(text: string): string | undefined {
  if (text === '') return undefined
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text
  throw new ConfigError(
    `${JSON.stringify(text)} is not valid; use an http or https URL, such as http://127.0.0.1:4318.`,
  )
}

/** Resolves a path. Whether the file exists is checked when it is read. */
export function parsePath(text: string): string {
  return text === '' ? '' : resolve(text)
}

/** Parses whether clients must show a certificate. The empty text stands for the default. */
export function parseClientAuth(text: string): ClientAuth | undefined {
  if (text === '') return undefined
  if (text === 'require' || text === 'request') return text
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use require or request.`)
}

/** The settings of TLS, as commander parses them. Each path may be empty. */
export interface TlsFlags {
  readonly tlsCert: string
  readonly tlsKey: string
  readonly tlsClientCa: string
  readonly tlsClientAuth: ClientAuth | undefined
}

/** The TLS files from their settings. Throws `ConfigError` if a file that is needed is not set. */
export function toTlsFiles({ tlsCert, tlsKey, tlsClientCa, tlsClientAuth }: TlsFlags): TlsFiles | undefined {
  if (tlsClientAuth !== undefined && tlsClientCa === '') {
    const missing = '--tls-client-ca (WAYPOST_TLS_CLIENT_CA) is missing'
    throw new ConfigError(`${missing}; set it, or leave out --tls-client-auth (WAYPOST_TLS_CLIENT_AUTH).`)
  }
  if (tlsCert === '' && tlsKey === '' && tlsClientCa === '') return undefined
  if (tlsCert !== '' && tlsKey !== '') {
    const clients = tlsClientCa === '' ? { clientCa: undefined } : { clientCa: tlsClientCa, clientAuth: tlsClientAuth }
    return { cert: tlsCert, key: tlsKey, ...clients }
  }
  const missing = tlsCert === '' ? '--tls-cert (WAYPOST_TLS_CERT)' : '--tls-key (WAYPOST_TLS_KEY)'
  throw new ConfigError(`${missing} is missing; set both --tls-cert and --tls-key, or none of the TLS settings.`)
}

/** Parses a whole number between two bounds. */
export function parseWhole(text: string, { least, most, unit }: Bounds): number {
  const value = Number(text)
  if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use a whole number of ${unit} from ${least} to ${most}.`)
}

const MOST_WORKERS = 64

/** Parses a number of workers. `auto` is the number of cores that this process may use, but at most 64. */
export function parseWorkers(text: string): number {
  if (text === 'auto') return Math.min(availableParallelism(), MOST_WORKERS)
  const value = Number(text)
  if (/^\d{1,2}$/.test(text) && value >= 1 && value <= MOST_WORKERS) return value
  throw new ConfigError(
    `${JSON.stringify(text)} is not valid; use a whole number of workers from 1 to ${MOST_WORKERS}, or auto for one per core.`,
  )
}

/** The bounds of a whole number, both allowed, and its unit. */
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

/** The limits of a server: the default ones, with those that the operator has set. */
export function toLimits(given: { readonly [Name in keyof typeof limitBounds]: number }): Limits {
  const idleMs = given.idleTimeout * 1000
  return {
    ...defaultLimits,
    bodyBytes: given.maxRequestBytes,
    bodiesBytes: Math.max(defaultLimits.bodiesBytes, 4 * given.maxRequestBytes),
    drainBytes: Math.max(defaultLimits.drainBytes, 8 * given.maxRequestBytes),
    headerBytes: given.maxHeaderBytes,
    sessionIdleMs: idleMs,
    keepAliveMs: Math.max(defaultLimits.keepAliveMs, idleMs),
    concurrentStreams: given.maxConcurrentStreams,
  }
}
