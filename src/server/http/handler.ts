import { Code } from '@connectrpc/connect'
import { quote } from '../../domain/errors.ts'
import type { KnownReason } from '../../domain/reasons.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { RequestObserver } from '../../telemetry/requests/observer.ts'
import { isHealthPath } from '../health/http-health.ts'
import type { Limits } from '../limits.ts'
import { answerFailure } from './answer-failure.ts'
import { drain } from './body/drain.ts'
import type { Guard } from './cors.ts'
import type { Exchange, PathHandler } from './exchange.ts'
import type { HostRule } from './host-rule.ts'
import { type Refusal, refuse, refuseWith } from './refusal.ts'
import { sendError } from './send.ts'

const NO_SUCH_PATH = 'this path does not exist; use a path of this server, such as those in its openapi.json.'

export interface HandlerOptions {
  /** The path before all others: empty, or `/a/path` without a slash at its end. */
  readonly basePath: string
  /**
   * Whether the paths outside REST are also served without the base path. An app around the handler may have such
   * paths.
   */
  readonly ownsRoot: boolean
  /** Decides which hosts requests may be sent to; undefined: all. */
  readonly hostRule?: HostRule | undefined
  /** Sees every request before the path handlers. */
  readonly guard?: Guard | undefined
  /**
   * The handlers below the base path and, if the server owns the root, at the root. The first one that answers wins.
   */
  readonly everywhere: readonly PathHandler[]
  /** The handlers below the base path only. */
  readonly belowBasePath?: readonly PathHandler[]
  /** Observes every request, refused ones included; undefined: nobody does. */
  readonly observer?: RequestObserver | undefined
  readonly log: Logger
  readonly limits: Limits
}

/**
 * Handles a request of either HTTP version. If it does not serve the path, it calls `next`. Without `next` it answers
 * 404.
 */
export type RequestHandler = (exchange: Exchange, next?: (error?: unknown) => void) => void

/** Makes the handler of all requests, of every protocol. */
export function createHandler(options: HandlerOptions): RequestHandler {
  const { basePath, ownsRoot, hostRule, guard, everywhere, belowBasePath = [], log, limits, observer } = options
  // REST comes first, because most requests are REST and its paths differ from those of the RPCs.
  const all = [...belowBasePath, ...everywhere]

  const isAnswered = (exchange: Exchange): boolean => {
    const { path, query } = splitUrl(exchange.target)
    const local = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined
    const here = local ?? (ownsRoot ? path : undefined)
    if (here === undefined) return false
    const { authority } = exchange
    if (!isValidAuthority(authority)) {
      sendError(exchange, 400, explainAuthority(authority), {
        facts: { reason: 'INVALID_REQUEST' satisfies KnownReason },
      })
      return true
    }
    // Load balancers and orchestrators ask an address for its health.
    const wrongHost = isHealthPath(here) ? undefined : hostRule?.refusalOf(authority)
    if (wrongHost !== undefined) {
      refuseWith(exchange, wrongHost, limits)
      return true
    }
    if (exchange.headerBytes > limits.headerBytes) {
      refuse(exchange, tooLong(limits), limits)
      return true
    }
    if (guard?.(exchange)) return true
    const handlers = local === undefined ? everywhere : all
    return handlers.some((handle) => handle(exchange, here, query))
  }

  return (exchange, next) => {
    exchange.observation = observer?.begin(exchange)
    try {
      if (isAnswered(exchange)) return
    } catch (error) {
      answerFailure(exchange, error, { log })
      return
    }
    if (next !== undefined) next()
    else {
      sendError(exchange, 404, NO_SUCH_PATH, { facts: { reason: 'PATH_NOT_FOUND' satisfies KnownReason } })
      drain(exchange, limits)
    }
  }
}

// A proxy may send the whole URL (RFC 9112, section 3.2.2).
function splitUrl(target: string): { path: string; query: string } {
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = url.indexOf('?')
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) }
}

function tooLong({ headerBytes }: Limits): Refusal {
  const message = `the headers are longer than ${headerBytes} bytes; send at most ${headerBytes} bytes.`
  return { code: Code.ResourceExhausted, httpStatus: 431, message, reason: 'HEADERS_TOO_LARGE' }
}

function explainAuthority(authority: string | undefined): string {
  const wrong = authority === undefined ? 'the Host header is missing' : `the host ${quote(authority)} is not valid`
  return `${wrong}; send a host name with an optional port, such as registry.example.com:8080.`
}

// Clients send the same authority with every request, so the last answer is remembered.
let lastAuthority: string | undefined
let lastIsValid = false

// The RPC adapter builds a URL from the authority, and throws if that is not possible.
function isValidAuthority(authority: string | undefined): authority is string {
  if (authority === undefined) return false
  if (authority !== lastAuthority) {
    lastAuthority = authority
    lastIsValid = /^[\w.~:[\]-]+$/.test(authority) && URL.canParse(`http://${authority}`)
  }
  return lastIsValid
}
