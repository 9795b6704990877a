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
  /** Where the paths begin: empty, or `/a/path` without a slash at its end. */
  readonly basePath: string
  /** Whether RPCs and health are also served without the base path: where no app is around that has paths of its own. */
  readonly ownsRoot: boolean
  readonly health: Health
}

/** Answers every request of every protocol. What is not for it it gives to `next`, or to 404 without one. */
export function createHandler({ deps, log, basePath, ownsRoot, health }: HandlerOptions) {
  const service = createService(deps)
  const rpc = createRpcHandler(service, log)
  const rest = createRestHandler(service, log)

  const isAnswered = (request: NodeRequest, response: NodeResponse): boolean => {
    const { path, query } = splitUrl(request.url ?? '')
    const local = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined
    const here = local ?? (ownsRoot ? path : undefined)
    if (here === undefined) return false
    if (!hasValidAuthority(request)) {
      sendError(response, 400, 'The Host header or :authority must be a host name with an optional port.')
      return true
    }
    return (
      health(request, response, here) ||
      rpc(request, response, here) ||
      (local !== undefined && rest(request, response, local, query))
    )
  }

  return (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void): void => {
    try {
      if (isAnswered(request, response)) return
    } catch (error) {
      log.error({ err: error }, 'a request could not be handled')
      sendError(response, 500, 'internal error')
      return
    }
    if (next === undefined) sendError(response, 404, 'Not found.')
    else next()
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
