import { readFileSync } from 'node:fs'
import { createServer as createHttp1, type RequestListener } from 'node:http'
import { createServer as createHttp2, createSecureServer } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect'
import { compressionGzip, connectNodeAdapter } from '@connectrpc/connect-node'
import { Health, HealthCheckResponse_ServingStatus } from '../../gen/health/v1/health_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { composeRegistry, openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { openCallerAccess } from '../../src/domain/access/access-control.ts'
import { anonymous } from '../../src/domain/access/principal.ts'
import { quote } from '../../src/domain/errors.ts'
import { loadPolicy } from '../../src/policy/load-policy.ts'
import { type BoundMethod, bindMethods } from '../../src/server/call/method.ts'
import { registryMethods } from '../../src/server/call/methods/registry-methods.ts'
import { toWireError } from '../../src/server/call/wire-errors.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import type { TlsFiles } from '../../src/server/listen/tls-files.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'
import type { Storage } from '../support/storage.ts'

/** The same methods behind the RPC library's own adapter, on ports of their own. */
export interface Reference {
  readonly http1: string
  readonly http2: string
  close(): Promise<void>
}

// Longer than any pause between two requests of a test.
const KEEP_ALIVE_MS = 600_000

/** Starts the reference. */
export async function startReference(storage: Storage, tls?: TlsFiles): Promise<Reference> {
  const store = await openStore(parseStore(storage.location))
  const policy = await loadPolicy('latest-semver', silentLogger)
  const methods = bindMethods(Object.values(registryMethods), composeRegistry(store, policy))
  const handler = connectNodeAdapter({
    routes: (router) => {
      for (const method of methods) addMethod(router, method)
      addHealth(router)
    },
    readMaxBytes: defaultLimits.bodyBytes,
    acceptCompression: [compressionGzip],
    jsonOptions: { ignoreUnknownFields: true },
  })
  const listener = handler as RequestListener
  const servers: Server[] = tls
    ? [createSecureServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key), allowHTTP1: true }, handler)]
    : [createHttp1({ keepAliveTimeout: KEEP_ALIVE_MS }, listener), createHttp2(handler)]
  const urls = await Promise.all(servers.map((server) => listen(server, tls === undefined ? 'http' : 'https')))
  return {
    http1: urls[0] ?? '',
    http2: urls.at(-1) ?? '',
    close: async () => {
      for (const server of servers) server.close()
      await policy.close()
      await store.close()
    },
  }
}

function addMethod(router: ConnectRouter, bound: BoundMethod): void {
  router.rpc(bound.method, async (request, context) => {
    try {
      const answer = await bound.run(undefined, bound.decode(request), toCallContext(context))
      return await bound.encode(answer, request)
    } catch (error) {
      throw toWireError(error, context.protocolName)
    }
  })
}

function toCallContext({ signal, requestMethod, url, ...headers }: HandlerContext) {
  const { requestHeader: requestHeaders, responseHeader: responseHeaders, responseTrailer: responseTrailers } = headers
  const metadata = { httpMethod: requestMethod, url, requestHeaders, responseHeaders, responseTrailers }
  const facts = { deadline: undefined, trace: undefined, log: silentLogger, exchange: undefined }
  return { principal: anonymous, access: openCallerAccess, signal, metadata, ...facts }
}

// The documented answers of the health service are written down again here.
function addHealth(router: ConnectRouter): void {
  const names = ['', ServiceRegistry.typeName, `${ServiceRegistry.typeName}/writes`]
  const status = HealthCheckResponse_ServingStatus.SERVING
  router.service(Health, {
    check: ({ service }) => {
      if (names.includes(service)) return { status }
      const known = names.slice(1).join(', ')
      const message = `the service ${quote(service)} is not known; use ${known}, or an empty name for the whole server.`
      throw new ConnectError(message, Code.NotFound)
    },
    list: () => ({ statuses: Object.fromEntries(names.map((name) => [name, { status }])) }),
  })
}

function listen(server: Server, scheme: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      resolve(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}
