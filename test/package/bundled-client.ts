import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Uses the client on any platform. A page of another origin may only read. */
export const USE = `
import { createRegistryClient } from 'waypost'

const failureOf = async (baseUrl, service) => {
  const { code, reason, message } = await createRegistryClient({ baseUrl }).get(service).catch((error) => error)
  return { code, reason, message }
}
export const use = async (baseUrl, redirecting) => [
  await createRegistryClient({ baseUrl }).get('my-org/bundled'),
  await createRegistryClient({ baseUrl, protocol: 'grpc-web' }).get('my-org/bundled'),
  await failureOf(baseUrl, 'my-org/nothing'),
  await failureOf('http://127.0.0.1:9', 'my-org/bundled'),
  await failureOf(redirecting, 'my-org/bundled'),
]
`

/** A server that redirects every request, and lets every page read that. */
export async function startRedirecting(to: string) {
  const allow = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }
  const redirecting = createServer((request, response) => {
    response.writeHead(request.method === 'OPTIONS' ? 204 : 307, { ...allow, location: to }).end()
  }).listen(0, '127.0.0.1')
  await once(redirecting, 'listening')
  return {
    url: `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`,
    close: () => {
      redirecting.close()
      redirecting.closeAllConnections()
    },
  }
}
