import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { ServiceRegistry } from '../../src/client/proto.ts'

/** A server that answers every Get with one revision and counts its connections. */
export interface SimpleRegistry {
  readonly url: string
  /** The requests so far. */
  readonly requests: readonly IncomingMessage[]
  /** The number of open connections. */
  connections(): number
  /** Holds the answers of later requests until the returned function is called. */
  hold(): () => void
  close(): Promise<void>
}

/** Starts a simple registry, over TLS if the options of a TLS server are given. */
export async function startSimpleRegistry(tls?: ServerOptions): Promise<SimpleRegistry> {
  const requests: IncomingMessage[] = []
  const sockets = new Set<Socket>()
  let released: Promise<void> = Promise.resolve()
  const answer = connectNodeAdapter({
    routes: (router) =>
      router.service(ServiceRegistry, {
        get: ({ namespace, name }) => ({ revision: { namespace, name, revisionTag: '1.0.0', isDefault: true } }),
        listNamespaces: ({ pageToken }) =>
          pageToken === '' ? { namespaces: ['a'], nextPageToken: 'more' } : { namespaces: ['b'] },
      }),
  })
  const listener: RequestListener = async (request, response) => {
    requests.push(request)
    await released
    answer(request, response)
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  // The limit of the server is longer than that of the client. The tests want the client to close a connection.
  server.keepAliveTimeout = 60_000
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => sockets.size,
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      released = promise
      return resolve
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
