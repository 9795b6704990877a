import { defaultLimits, type Limits } from '../server/limits.ts'
import type { TlsFiles } from '../server/listen/tls-files.ts'
import type { AccessConfig } from './access.ts'
import type { CallTokensConfig } from './call-tokens.ts'
import type { CallerLimits } from './caller-limits.ts'
import type { LogFormat, LogLevel } from './log.ts'
import type { StoreLocation } from './store-location.ts'

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
