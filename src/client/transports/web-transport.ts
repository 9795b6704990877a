import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect'
import { type ConnectTransportOptions, createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web'
import type { WebProtocol } from '../api/web-client-options.ts'
import { blameBrokenAnswers } from './broken-answers.ts'

/** The transport of the client for browsers. The conformance suite also runs it, with other options. */
export function createWebTransport(
  protocol: WebProtocol,
  { interceptors = [], ...options }: ConnectTransportOptions,
): Transport {
  const all = { ...options, interceptors: [...interceptors, sayUnavailable, blameBrokenAnswers] }
  return protocol === 'connect' ? createConnectTransport({ ...all, useHttpGet: true }) : createGrpcWebTransport(all)
}

// `fetch` rejects with a TypeError if no answer arrives, for any reason. Connect reports `unknown` for it.
const sayUnavailable: Interceptor = (next) => async (request) => {
  try {
    return await next(request)
  } catch (error) {
    if (!(error instanceof TypeError) || request.signal.aborted) throw error
    const text = `${error.message}: there is no connection, or CORS does not allow this page to read the answer`
    throw new ConnectError(text, Code.Unavailable, undefined, undefined, error)
  }
}
