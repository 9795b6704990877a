import type { AddressInfo } from 'node:net'
import { composeHandler, composeRegistry, openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { type AccessControl, openCallerAccess } from '../../src/domain/access/access-control.ts'
import { builtInPolicy } from '../../src/domain/policies/default-policy.ts'
import { Readiness } from '../../src/server/health/readiness.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { createListener } from '../../src/server/listen/listener.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { RequestObserver } from '../../src/telemetry/requests/observer.ts'
import { type KnownCaller, knownCaller } from './known-caller.ts'
import { searchedLogger } from './recording-logger.ts'
import type { Storage } from './storage.ts'

/** A server in this process that knows some callers by their tokens. */
export interface RegistryOfCallers {
  readonly url: string
  close(): Promise<void>
}

export interface CallersOptions {
  readonly log?: Logger
  readonly accessLog?: Logger
  /** Takes the place of the callers. */
  readonly authenticate?: AccessControl['authenticate']
}

/** Starts a server whose callers are known by the names of their tokens. All others are anonymous. */
export async function startRegistryOfCallers(
  storage: Storage,
  callers: Readonly<Record<string, KnownCaller>>,
  options: CallersOptions = {},
): Promise<RegistryOfCallers> {
  const { log = searchedLogger, accessLog, authenticate } = options
  const known = new Map(Object.entries(callers).map(([token, facts]) => [`Bearer ${token}`, knownCaller(facts).access]))
  const access: AccessControl = {
    authenticate: authenticate ?? (({ authorization = '' }) => known.get(authorization) ?? openCallerAccess),
  }
  const store = await openStore(parseStore(storage.location))
  const limits = defaultLimits
  const handler = composeHandler({
    ...{
      deps: composeRegistry(store, builtInPolicy('latest-semver')),
      readiness: new Readiness(store, log),
      log,
      limits,
    },
    ...{ basePath: '', ownsRoot: true, hasReflection: false, corsOrigins: [], changingOrigins: [], access },
    observer: new RequestObserver({ metrics: undefined, accessLog, scheme: 'http' }),
  })
  const listener = createListener(handler, { limits, tls: undefined, log })
  const { port }: AddressInfo = await listener.listen('127.0.0.1', 0)
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      await listener.close(0)
      await store.close()
    },
  }
}
