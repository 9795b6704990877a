import { Code } from '@connectrpc/connect'
import type { KnownReason } from '../../domain/errors.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Limits } from '../limits.ts'
import type { Guard } from './cors.ts'
import { type NodeRequest, type NodeResponse, type PathHandler, sendError } from './node-http.ts'
import { authorityOf } from './origin-rule.ts'
import { type Refusal, refuse } from './refusal.ts'

export interface HandlerOptions {
  /** Where the paths begin: empty, or `/a/path` without a slash at its end. */
  readonly basePath: string
  /** Whether what is not REST is also served without the base path: where no app is around that has paths of its own. */
  readonly ownsRoot: boolean
  /** Sees every request first. */
  readonly guard?: Guard | undefined
  /** What is served below the base path, and at the root of a server that owns it. The first that answers does. */
  readonly everywhere: readonly PathHandler[]
  /** What is served below the base path only. */
  readonly belowBasePath?: readonly PathHandler[]
  readonly log: Logger
  readonly limits: Limits
}

/** Handles a request of either HTTP version. A request that is not for it goes to `next`, or gets 404 without one. */
export type RequestHandler = (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void) => void

/** Answers every request of every protocol. What is not for it it gives to `next`, or to 404 without one. */
export function createHandler(options: HandlerOptions): RequestHandler {
  const { basePath, ownsRoot, guard, everywhere, belowBasePath = [], log, limits } = options
  // Most requests are REST's, and its paths are no RPC's.
  const all = [...belowBasePath, ...everywhere]

  const isAnswered = (request: NodeRequest, response: NodeResponse): boolean => {
    const { path, query } = splitUrl(request.url ?? '')
    const local = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined
    const here = local ?? (ownsRoot ? path : undefined)
    if (here === undefined) return false
    if (!hasValidAuthority(request)) {
      sendError(response, 400, 'The Host header or :authority must be a host name with an optional port.', {
        facts: { reason: 'INVALID_REQUEST' satisfies KnownReason },
      })
      return true
    }
    if (hasLongHeaders(request, limits)) {
      refuse(request, response, tooLong(limits), limits)
      return true
    }
    if (guard?.(request, response)) return true
    const handlers = local === undefined ? everywhere : all
    return handlers.some((handle) => handle(request, response, here, query))
  }

  return (request, response, next) => {
    try {
      if (isAnswered(request, response)) return
    } catch (error) {
      log.error({ err: error }, 'a request could not be handled')
      sendError(response, 500, 'internal error', { facts: { reason: 'INTERNAL' satisfies KnownReason } })
      return
    }
    if (next === undefined)
      sendError(response, 404, 'Not found.', { facts: { reason: 'PATH_NOT_FOUND' satisfies KnownReason } })
    else next()
  }
}

// A proxy may send the whole URL (RFC 9112, section 3.2.2).
function splitUrl(target: string): { path: string; query: string } {
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = url.indexOf('?')
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) }
}

function tooLong({ headerBytes }: Limits): Refusal {
  const message = `the headers are longer than ${headerBytes} bytes`
  return { code: Code.ResourceExhausted, httpStatus: 431, message, reason: 'HEADERS_TOO_LARGE' }
}

// Over HTTP/1.1 Node has counted already. Its HTTP/2 takes several times as much.
function hasLongHeaders(request: NodeRequest, { headerBytes }: Limits): boolean {
  return 'stream' in request && request.rawHeaders.reduce((sum, text) => sum + text.length, 0) > headerBytes
}

// Clients send the same authority with every request, so the last answer is remembered.
let lastAuthority: string | undefined
let lastIsValid = false

// The RPC adapter builds a URL from the authority, and fails on one that isn't.
function hasValidAuthority(request: NodeRequest): boolean {
  const authority = authorityOf(request)
  if (authority === undefined) return false
  if (authority !== lastAuthority) {
    lastAuthority = authority
    lastIsValid = /^[\w.~:[\]-]+$/.test(authority) && URL.canParse(`http://${authority}`)
  }
  return lastIsValid
}
