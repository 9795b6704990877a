import { randomUUID } from 'node:crypto'
import { ConfigError, formatStore, type ServeConfig, type StoreLocation, type TlsPaths } from './config.ts'
import type { NamedPolicy } from './domain/default-policy.ts'
import { RegistryError } from './domain/errors.ts'
import { loadPolicy } from './policy/load-policy.ts'
import type { RegistryDeps } from './registry/core/registry-deps.ts'
import { createServingStatus } from './server/health/serving-status.ts'
import type { NodeHandler } from './server/http/node-http.ts'
import { createListener, type Listener } from './server/listen/listener.ts'
import { readTlsFiles, watchTlsFiles } from './server/listen/tls-files.ts'
import { createRegistryHandler } from './server/registry-handler.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { Store } from './store/store.ts'
import type { Logger } from './telemetry/logger.ts'

/** How long one decision of a default policy may take, in milliseconds. */
export const POLICY_TIME_LIMIT_MS = 1_000

/** How long requests in flight are waited for when the server stops, in milliseconds. */
const GRACE_MS = 10_000

/** A registry that listens. */
export interface RunningServer {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string
  /** Finishes what is in flight, then lets go of the port, the policy and the store. */
  close(): Promise<void>
}

/** How a store is going to be used. */
export interface OpenOptions {
  /** Whether it is for one long run of writes, and the process should stay small. Default: false. */
  readonly isForBulk?: boolean
}

/** Opens the store at a location. */
export async function openStore(location: StoreLocation, options: OpenOptions = {}): Promise<Store> {
  if (location.kind === 'sqlite') return openSqliteStore(location.path, options)
  // Only where it is used: the driver takes a good part of the time and the memory that a command starts with.
  const { openMongoStore } = await import('./store/mongodb/mongodb-store.ts')
  return openMongoStore(location.uri)
}

/** A registry's use cases over a store and a policy, with the machine's clock. */
export function composeRegistry(
  store: Store,
  policy: NamedPolicy,
  policyTimeLimitMs: number = POLICY_TIME_LIMIT_MS,
): RegistryDeps {
  return { store, policy, policyTimeLimitMs, now: Date.now, newId: randomUUID }
}

/** Starts a server. Rejects, with nothing left open, where a part of it can't be had. */
export async function startServer(config: ServeConfig, log: Logger): Promise<RunningServer> {
  const opened = new AsyncDisposableStack()
  try {
    const { host, port, basePath, defaultPolicy, tls } = config
    const storeText = formatStore(config.store)
    const loading = naming(`--default-policy ${defaultPolicy}`, loadPolicy(defaultPolicy), newConfigError)
    const policy = opened.adopt(await loading, (loaded) => loaded.close())
    const opening = naming(`--store ${storeText}`, openStore(config.store), newStoreError)
    const store = opened.adopt(await opening, (open) => open.close())
    const deps = composeRegistry(store, policy)
    const status = createServingStatus(store, log)
    const handler = createRegistryHandler({
      ...{ deps, status, log, basePath, ownsRoot: true },
      hasReflection: config.reflection,
      corsOrigins: config.corsOrigins,
    })
    const listener = await naming('--tls-cert, --tls-key', listenWith(handler, tls), newConfigError)
    if (tls !== undefined) opened.defer(watchTlsFiles(tls, listener.replaceTls, log))
    const bound = await naming(`--host ${host} --port ${port}`, listener.listen(host, port))
    opened.defer(() => listener.close(GRACE_MS))
    opened.defer(() => status.drain())
    const url = `${tls === undefined ? 'http' : 'https'}://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
    log.info({ url, basePath, store: storeText, defaultPolicy }, 'listening')
    return { url, close: () => opened.disposeAsync() }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

async function listenWith(handler: NodeHandler, tls: TlsPaths | undefined): Promise<Listener> {
  return createListener(handler, { tls: tls && readTlsFiles(tls) })
}

// What fails at the start is one line for the person who started it, and names the setting to look at.
async function naming<T>(setting: string, opening: Promise<T>, toError = newError): Promise<T> {
  try {
    return await opening
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw toError(`${setting}: ${why}`.replaceAll(/\s+/g, ' '), cause)
  }
}

function newError(message: string, cause: unknown): Error {
  return new Error(message, { cause })
}

function newConfigError(message: string, cause: unknown): Error {
  return new ConfigError(message, { cause })
}

function newStoreError(message: string, cause: unknown): Error {
  return new RegistryError({ code: 'unavailable', reason: 'STORE_UNAVAILABLE', message, cause })
}
