import { type AgentOptions, Agent as HttpAgent, globalAgent as httpGlobalAgent } from 'node:http'
import { Agent as HttpsAgent, globalAgent as httpsGlobalAgent } from 'node:https'
import type { Interceptor, Transport } from '@connectrpc/connect'
import { type ConnectTransportOptions, createConnectTransport } from '@connectrpc/connect-node'
import type { TlsOptions } from '../api/client-options.ts'
import { blameBrokenAnswers } from './broken-answers.ts'
import type { Connection, ConnectionOptions } from './connection.ts'
import { sayUnavailable } from './say-unavailable.ts'

type NodeTransportOptions = Omit<ConnectTransportOptions & { httpVersion: '1.1' }, 'httpVersion'>

/** Opens a connection over the Connect protocol and HTTP/1.1, with its own agent. */
export function connectFromNode({ baseUrl, tls, interceptors }: ConnectionOptions): Connection {
  const agent = baseUrl.startsWith('https:') ? createHttpsAgent(tls) : createHttpAgent()
  return {
    transport: createNodeTransport({ baseUrl, nodeOptions: { agent }, interceptors: [...interceptors] }),
    close: () => closeIdle(agent),
  }
}

/** The transport of the client for Node. The conformance suite also runs it, with other options. */
export function createNodeTransport({ interceptors = [], ...options }: NodeTransportOptions): Transport {
  const all = [...interceptors, reportFailures, blameBrokenAnswers]
  return createConnectTransport({ ...options, httpVersion: '1.1', useHttpGet: true, interceptors: all })
}

// Both agents copy the settings of Node's global agents, such as a proxy from the environment.
function createHttpAgent(): HttpAgent {
  const { options } = httpGlobalAgent as HttpAgent & { readonly options: AgentOptions }
  return new HttpAgent({ ...options })
}

function createHttpsAgent(tls: TlsOptions = {}): HttpsAgent {
  const given = Object.entries(tls).filter(([, pem]) => pem !== undefined)
  return new HttpsAgent({ ...httpsGlobalAgent.options, ...Object.fromEntries(given) })
}

// `agent.destroy()` would also cut the connections that are in use.
function closeIdle(agent: HttpAgent): void {
  agent.maxFreeSockets = 0
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}

// Connect reports `aborted` for a cut connection and `internal` for a network without a route.
const reportFailures: Interceptor = (next) => async (request) => {
  try {
    return await next(request)
  } catch (error) {
    throw request.signal.aborted ? error : sayUnavailable(error)
  }
}
