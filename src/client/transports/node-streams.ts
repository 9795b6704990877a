import type { Agent } from 'node:http'
import type { Interceptor, Transport } from '@connectrpc/connect'
import type { ConnectTransportOptions } from '@connectrpc/connect-node'
import { blameBrokenAnswers } from './broken-answers.ts'
import { sayUnavailable } from './say-unavailable.ts'

/** The options of Connect, for HTTP/1.1. The conformance suite sets more of them than the client. */
export type StreamOptions = Omit<ConnectTransportOptions & { httpVersion: '1.1' }, 'httpVersion' | 'nodeOptions'>

/** The streams of a connection: those of Connect's library over HTTP/1.1, which is loaded for the first stream. */
export function createStreams(agent: Agent, { interceptors = [], ...options }: StreamOptions): Transport['stream'] {
  const all = [...interceptors, reportFailures, blameBrokenAnswers]
  let opened: Promise<Transport> | undefined
  const open = async () => {
    const { createConnectTransport } = await import('@connectrpc/connect-node')
    return createConnectTransport({ ...options, httpVersion: '1.1', nodeOptions: { agent }, interceptors: all })
  }
  return async (...call) => {
    opened ??= open()
    return (await opened).stream(...call)
  }
}

// Connect reports `aborted` for a cut connection and `internal` for a network without a route.
const reportFailures: Interceptor = (next) => async (request) => {
  try {
    return await next(request)
  } catch (error) {
    throw request.signal.aborted ? error : sayUnavailable(error)
  }
}
