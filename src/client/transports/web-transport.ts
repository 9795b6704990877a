import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect'
import { type ConnectTransportOptions, createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web'
import type { WebProtocol } from '../api/web-client-options.ts'
import { blameBrokenAnswers } from './broken-answers.ts'

/** How the client for browsers speaks; the conformance suite runs it with options of its own as well. */
export function createWebTransport(
  protocol: WebProtocol,
  { interceptors = [], ...options }: ConnectTransportOptions,
): Transport {
  const all = { ...options, interceptors: [...interceptors, sayUnavailable, blameBrokenAnswers] }
  return protocol === 'connect' ? createConnectTransport({ ...all, useHttpGet: true }) : createGrpcWebTransport(all)
}

// `fetch` rejects with a TypeError if anything keeps an answer from arriving, and Connect calls that `unknown`.
const sayUnavailable: Interceptor = (next) => async (request) => {
  try {
    return await next(request)
  } catch (error) {
    if (!(error instanceof TypeError) || request.signal.aborted) throw error
    const text = `${error.message} (no connection, or an answer that CORS keeps from this page)`
    throw new ConnectError(text, Code.Unavailable, undefined, undefined, error)
  }
}
