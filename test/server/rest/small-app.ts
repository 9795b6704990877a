import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { composeHandler, composeRegistry, type RegistrySettings } from '../../../src/compose.ts'
import { builtInPolicy, type NamedPolicy } from '../../../src/domain/policies/default-policy.ts'
import type { CallTokenIssuer } from '../../../src/registry/tokens/call-token-issuer.ts'
import type { RateLimiter } from '../../../src/server/call/rate-limit.ts'
import { Readiness } from '../../../src/server/health/readiness.ts'
import { NodeExchange } from '../../../src/server/http/node-exchange.ts'
import { defaultLimits as limits } from '../../../src/server/limits.ts'
import type { Store } from '../../../src/server.ts'
import { silentLogger as log } from '../../../src/telemetry/logger.ts'

/** The parts of a registry that a test replaces. */
export interface SmallAppParts extends Pick<RegistrySettings, 'limits'> {
  readonly store: Store
  readonly policy?: NamedPolicy
  readonly rateLimiter?: RateLimiter
  readonly callTokens?: CallTokenIssuer
}

// Every answer with a token of this issuer is the same.
const oneToken: CallTokenIssuer = { issue: async () => ({ accessToken: 'eyJ…', expiresInS: 300 }) }

/** Runs a registry while `use` runs. */
export async function withApp<T>(parts: SmallAppParts, use: (url: string) => Promise<T>): Promise<T> {
  const { store, policy = builtInPolicy('latest-semver'), limits: own, callTokens = oneToken, rateLimiter } = parts
  const handle = composeHandler({
    deps: composeRegistry(store, policy, { limits: own, callTokens }),
    ...{ readiness: new Readiness(store, log), log, limits, basePath: '', ownsRoot: true },
    ...{ hasReflection: false, corsOrigins: [], changingOrigins: [], rateLimiter },
  })
  const app = createServer((request, response) => handle(new NodeExchange(request, response))).listen(0, '127.0.0.1')
  await once(app, 'listening')
  try {
    return await use(`http://127.0.0.1:${(app.address() as AddressInfo).port}`)
  } finally {
    app.close()
  }
}
