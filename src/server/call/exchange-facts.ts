import { RegistryError } from '../../domain/errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { CallMetadata } from './context.ts'

/** The metadata of a call that came over HTTP. */
export function toMetadata({ method, target, authority, headers }: Exchange): CallMetadata {
  const requestHeaders = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    // Over HTTP/2, Node keeps the method and the path among the headers.
    if (!name.startsWith(':')) for (const each of [value].flat()) requestHeaders.append(name, String(each))
  }
  return {
    ...{ httpMethod: method, url: `http://${authority}${target}`, requestHeaders },
    ...{ responseHeaders: new Headers(), responseTrailers: new Headers() },
  }
}

/**
 * Aborts if the caller goes away before it has the answer. If a client ends only its own direction of the connection, it
 * still reads, and the exchange goes on.
 */
export function abortOnceGone(exchange: Exchange): AbortController {
  const controller = new AbortController()
  exchange.onceGone(() => controller.abort(callerGone()))
  return controller
}

/** The error of a call whose caller has gone away. */
export function callerGone(): RegistryError {
  return new RegistryError({ reason: 'CANCELED', message: 'the caller closed the connection.' })
}
