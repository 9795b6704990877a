import type { Transport } from '@connectrpc/connect'
import { type ConnectTransportOptions, createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web'
import type { WebProtocol } from '../api/web-client-options.ts'
import { blameBrokenAnswers } from './broken-answers.ts'
import { createFetch } from './web-fetch.ts'

/** The transport of the client for browsers. The conformance suite also runs it, with other options. */
export function createWebTransport(
  protocol: WebProtocol,
  { interceptors = [], fetch, ...options }: ConnectTransportOptions,
): Transport {
  const all = { ...options, fetch: createFetch(fetch), interceptors: [...interceptors, blameBrokenAnswers] }
  return protocol === 'connect' ? createConnectTransport({ ...all, useHttpGet: true }) : createGrpcWebTransport(all)
}
