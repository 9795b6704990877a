import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServiceImpl } from '@connectrpc/connect'
import { Code, ConnectError } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { ErrorInfoSchema, ServiceRegistry } from '../../src/client/proto.ts'

/** The methods that a test gives a registry. */
export type Methods = Partial<ServiceImpl<typeof ServiceRegistry>>

/** A registry whose methods a test chooses, and which records the requests. */
export interface StubRegistry {
  readonly url: string
  readonly requests: readonly IncomingMessage[]
  /** The headers `Authorization` of the requests so far. */
  credentials(): readonly (string | undefined)[]
  /** Answers with these methods from now on, and forgets the earlier requests. */
  answer(methods: Methods): void
  close(): Promise<void>
}

/** Starts a registry without methods. */
export async function startStubRegistry(): Promise<StubRegistry> {
  const requests: IncomingMessage[] = []
  let handler = connectNodeAdapter({ routes: () => {} })
  const server = createServer((request, response) => {
    requests.push(request)
    handler(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    credentials: () => requests.map(({ headers }) => headers.authorization),
    answer: (methods) => {
      requests.length = 0
      handler = connectNodeAdapter({ routes: (router) => router.service(ServiceRegistry, methods) })
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The error of a registry, with the seconds after which the client may come back. */
export function refusal(code: Code, reason: string, retryAfterS?: number): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { reason, domain: 'waypost' } }
  const retryDelay = retryAfterS === undefined ? undefined : { seconds: BigInt(retryAfterS) }
  const retry = retryDelay && { desc: RetryInfoSchema, value: { retryDelay } }
  return new ConnectError(`${reason} said`, code, undefined, [info, ...(retry ? [retry] : [])])
}

/** Refuses every call with an error. */
export const refusing = (error: ConnectError) => () => {
  throw error
}

/** "Not found" from a registry. */
export const notFound = () => refusal(Code.NotFound, 'SERVICE_NOT_FOUND')
