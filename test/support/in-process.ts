import { type RunningServer, startServer } from '../../src/compose.ts'
import { parseStore } from '../../src/config.ts'
import { silentLogger } from '../../src/transport/logger.ts'
import type { Storage } from './storage.ts'

/** Starts a server in this process, on a free port of 127.0.0.1. */
export function startInProcess(storage: Storage, basePath = ''): Promise<RunningServer> {
  const store = parseStore(storage.location)
  const defaultPolicy = 'latest-semver'
  const config = {
    host: '127.0.0.1',
    port: 0,
    store,
    basePath,
    defaultPolicy,
    logLevel: 'silent',
    reflection: true,
  } as const
  return startServer(config, silentLogger)
}
