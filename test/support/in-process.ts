import { type RunningServer, startServer } from '../../src/compose.ts'
import { parseStore, type ServeConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'
import type { Storage } from './storage.ts'

/** Starts a server in this process, on a free port of 127.0.0.1. */
export function startInProcess(storage: Storage, basePath = ''): Promise<RunningServer> {
  const config: ServeConfig = {
    ...{ host: '127.0.0.1', port: 0, store: parseStore(storage.location), basePath },
    ...{ defaultPolicy: 'latest-semver', logLevel: 'silent', reflection: true, corsOrigins: [], tls: undefined },
  }
  return startServer(config, silentLogger)
}
