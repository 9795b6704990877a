import type { RegistryDeps } from '../registry/deps.ts'
import type { Health } from './health.ts'
import type { Logger } from './logger.ts'
import { type NodeRequest, type NodeResponse, sendError } from './node-http.ts'
import { createRestHandler } from './rest.ts'
import { createRpcHandler } from './rpc.ts'
import { createService } from './service.ts'

export interface HandlerOptions {
  readonly deps: RegistryDeps
  readonly log: Logger
  /** Where the paths begin: empty, or `/a/path` without a slash at its end. RPCs are also served without it. */
  readonly basePath: string
  readonly health: Health
}

/** Answers every request of every protocol. What it can't answer it gives to `next`, or to 404 without one. */
export function createHandler({ deps, log, basePath, health }: HandlerOptions) {
  const service = createService(deps)
  const rpc = createRpcHandler(service, log)
  const rest = createRestHandler(service, log)

  const route = (request: NodeRequest, response: NodeResponse, next: () => void): void => {
    if (!hasValidAuthority(request)) {
      sendError(response, 400, 'The Host header or :authority must be a host name with an optional port.')
      return
    }
    const { path, query } = splitUrl(request.url ?? '')
    const local = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined
    const isAnswered =
      health(request, response, local ?? path) ||
      rpc(request, response, local ?? path) ||
      (local !== undefined && rest(request, response, local, query))
    if (!isAnswered) next()
  }

  return (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void): void => {
    try {
      route(request, response, next ?? (() => sendError(response, 404, 'Not found.')))
    } catch (error) {
      log.error({ err: error }, 'a request could not be handled')
      sendError(response, 500, 'internal error')
    }
  }
}

function splitUrl(url: string): { path: string; query: string } {
  const mark = url.indexOf('?')
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) }
}

// Clients send the same authority with every request, so the last answer is remembered.
let lastAuthority: string | undefined
let lastIsValid = false

// The RPC adapter builds a URL from the authority, and fails on one that isn't.
function hasValidAuthority(request: NodeRequest): boolean {
  const authority = 'authority' in request ? request.authority : request.headers.host
  if (authority === undefined) return false
  if (authority !== lastAuthority) {
    lastAuthority = authority
    lastIsValid = /^[\w.~:[\]-]+$/.test(authority) && URL.canParse(`http://${authority}`)
  }
  return lastIsValid
}
