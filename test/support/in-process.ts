import type { AccessConfig } from '../../src/config/access.ts'
import type { CallTokensConfig } from '../../src/config/call-tokens.ts'
import type { ServeConfig, TelemetryConfig } from '../../src/config/serve-config.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { defaultLimits, type Limits } from '../../src/server/limits.ts'
import { type RunningServer, startServer } from '../../src/start-server.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { searchedLogger } from './recording-logger.ts'
import type { Storage } from './storage.ts'

/** Settings that a test needs to be other than those of every test. */
export interface InProcessOptions {
  /** Default: any free port. */
  readonly port?: number
  readonly basePath?: string
  readonly limits?: Partial<Limits>
  readonly corsOrigins?: readonly string[]
  readonly defaultPolicy?: string
  readonly tls?: ServeConfig['tls']
  readonly endpointSchemes?: readonly string[]
  /** Default: `a`, which tests send that write requests by hand. */
  readonly allowedHosts?: readonly string[]
  readonly telemetry?: Partial<TelemetryConfig>
  readonly access?: Partial<AccessConfig>
  readonly callerLimits?: ServeConfig['callerLimits']
  readonly callTokens?: Partial<CallTokensConfig>
  readonly log?: Logger
}

/** Starts a server in this process, on a free port of 127.0.0.1. */
export function startInProcess(storage: Storage, options: InProcessOptions = {}): Promise<RunningServer> {
  const {
    port = 0,
    basePath = '',
    limits = {},
    corsOrigins = [],
    endpointSchemes = [],
    allowedHosts = ['a'],
    defaultPolicy = 'latest-semver',
    telemetry = {},
    access = {},
    callTokens = {},
    log = searchedLogger,
    callerLimits,
    tls,
  } = options
  const config: ServeConfig = {
    ...{ host: '127.0.0.1', port, store: parseStore(storage.location), basePath },
    ...{
      defaultPolicy,
      logLevel: 'silent',
      logFormat: 'json',
      reflection: true,
      corsOrigins,
      endpointSchemes,
      allowedHosts,
      tls,
      workers: 1,
    },
    limits: { ...defaultLimits, ...limits },
    callerLimits,
    access: { file: undefined, ...access },
    callTokens: { publicUrl: undefined, issuer: undefined, ...callTokens },
    telemetry: { metrics: undefined, accessLog: false, otlpEndpoint: undefined, ...telemetry },
  }
  return startServer(config, log)
}
