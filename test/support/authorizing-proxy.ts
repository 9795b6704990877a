import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy that adds the header `Authorization` to each request. */
export interface AuthorizingProxy {
  readonly url: string
  close(): void
}

/** Starts a proxy in front of a server, on a free port of 127.0.0.1. */
export async function startAuthorizingProxy(target: string, authorization: string): Promise<AuthorizingProxy> {
  const { hostname, port } = new URL(target)
  const proxy = createServer((incoming, answer) => {
    const headers = { ...incoming.headers, authorization }
    const forwarded = request({ hostname, port, path: incoming.url, method: incoming.method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    forwarded.on('error', (error) => answer.destroy(error))
    incoming.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: () => {
      proxy.closeAllConnections()
      proxy.close()
    },
  }
}
