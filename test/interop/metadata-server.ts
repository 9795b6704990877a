import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A stand-in for the metadata server of Google Cloud, which issues ID tokens to the programs of a machine. */
export interface MetadataServer {
  /** The environment of a program that asks this server instead. */
  readonly env: Readonly<Record<string, string>>
  close(): void
}

const ACCOUNT = JSON.stringify({ email: 'account@example.com', aliases: ['default'], scopes: [] })

/** Starts a metadata server on 127.0.0.1. If the test signs no tokens, they have a wrong signature. */
export async function startMetadataServer(
  makeToken: (audience: string) => string = createToken,
): Promise<MetadataServer> {
  const server = createServer((request, response) => {
    const audience = new URL(request.url ?? '', 'http://metadata').searchParams.get('audience')
    const isAccount = request.url?.includes('recursive=true')
    // Google's library takes a server without this header for something else.
    response.setHeader('metadata-flavor', 'Google')
    response.setHeader('content-type', isAccount ? 'application/json' : 'text/html')
    if (isAccount) response.end(ACCOUNT)
    else response.end(audience === null ? '' : makeToken(audience))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    // The library looks at the credentials of a user first, in a file and in the home directory.
    env: { GCE_METADATA_HOST: host, GCE_METADATA_IP: host, HOME: '/nonexistent', GOOGLE_APPLICATION_CREDENTIALS: '' },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** The audience of a token in an `Authorization` header. */
export function audienceOf(authorization = ''): unknown {
  const [, payload = ''] = authorization.replace(/^Bearer /, '').split('.')
  return payload === '' ? undefined : JSON.parse(Buffer.from(payload, 'base64url').toString()).aud
}

function createToken(aud: string): string {
  const seconds = Math.floor(Date.now() / 1_000)
  const parts = [
    { alg: 'RS256', typ: 'JWT' },
    { aud, iat: seconds, exp: seconds + 3_600, iss: 'https://accounts.google.com' },
  ]
  return [...parts.map((part) => JSON.stringify(part)), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
}
