import type { X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ClientCertificate } from '../../domain/access/identity.ts'

/**
 * The header `Authorization` of a request. Node keeps only the first one if a request has several. Those are joined here, so
 * that nobody takes them for one: a proxy may have checked another one than the server.
 */
export function authorizationOf(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): string | undefined {
  const { authorization } = headers
  if (authorization === undefined) return undefined
  const all: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === 13 && name.toLowerCase() === 'authorization') all.push(rawHeaders[at + 1] as string)
  }
  return all.length > 1 ? all.join(', ') : authorization
}

/** The parts of a socket of TLS that tell about the client's certificate. A socket in clear text has none of them. */
interface SecuredSocket {
  /** Whether an authority of the server has signed the client's certificate. */
  readonly authorized?: boolean
  getPeerX509Certificate?(): X509Certificate | undefined
}

interface Known {
  readonly certificate: ClientCertificate
  /** When it expires, in milliseconds since 1970. */
  readonly validUntil: number
}

// All requests of a connection share the certificate, and reading it costs more than a call. Null: the client has shown none.
const certificates = new WeakMap<object, Known | null>()

/**
 * The certificate that the client of a connection has shown; undefined: none. If it has expired since, it is not trusted.
 *
 * @param connection An object that all requests of the connection share.
 * @param toSocket Returns the connection's socket.
 */
export function certificateOf(connection: object, toSocket: () => object | undefined): ClientCertificate | undefined {
  let known = certificates.get(connection)
  if (known === undefined) {
    known = readCertificate(toSocket())
    certificates.set(connection, known)
  }
  if (known === null) return undefined
  // A connection may live for days.
  return Date.now() < known.validUntil ? known.certificate : { ...known.certificate, isTrusted: false }
}

function readCertificate(socket: SecuredSocket | undefined): Known | null {
  const certificate = socket?.getPeerX509Certificate?.()
  if (certificate === undefined) return null
  const validUntil = certificate.validToDate.getTime()
  return { certificate: { subject: toSubject(certificate), isTrusted: socket?.authorized === true }, validUntil }
}

// Node writes a line for each part, the most general one first. Values are escaped as RFC 4514 says, line ends included.
function toSubject({ subject }: X509Certificate): string {
  const lines = (subject as string | undefined)?.split('\n') ?? []
  return lines.toReversed().join(',').replaceAll(' + ', '+')
}
