import type { AddressInfo } from 'node:net'
import { composeHandler, composeRegistry, openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { builtInPolicy } from '../../src/domain/policies/default-policy.ts'
import { Readiness } from '../../src/server/health/readiness.ts'
import type { Limits } from '../../src/server/limits.ts'
import { createListener } from '../../src/server/listen/listener.ts'
import type { TlsMaterial } from '../../src/server/listen/tls.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { searchedLogger } from './recording-logger.ts'
import { sqliteStorage } from './storage.ts'

/** A whole server in this process, with limits that no setting allows. */
export interface ListeningRegistry {
  readonly port: number
  /** Closes the port, and all connections within this many milliseconds. */
  stop(graceMs: number): Promise<void>
  close(): Promise<void>
}

/** Starts a server on a free port of 127.0.0.1, over a new SQLite store. */
export async function listeningRegistry(
  limits: Limits,
  { tls, log = searchedLogger }: { readonly tls?: TlsMaterial | undefined; readonly log?: Logger } = {},
): Promise<ListeningRegistry> {
  const storage = await sqliteStorage()
  const store = await openStore(parseStore(storage.location))
  const readiness = new Readiness(store, log)
  const handler = composeHandler({
    ...{ deps: composeRegistry(store, builtInPolicy('latest-semver')), readiness, log, limits },
    ...{ basePath: '', ownsRoot: true, hasReflection: true, corsOrigins: [], changingOrigins: [] },
  })
  const listener = createListener(handler, { limits, tls, log })
  const { port }: AddressInfo = await listener.listen('127.0.0.1', 0)
  return {
    port,
    stop: (graceMs) => listener.close(graceMs),
    close: async () => {
      await listener.close(0)
      await store.close()
      await storage.remove()
    },
  }
}
