import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'

/** The certificates and the key of a TLS server, as PEM. */
export interface TlsMaterial {
  /** The certificate of the server, followed by its intermediate certificates. */
  readonly cert: string
  readonly key: string
  /** The authorities that issue the certificates of clients; undefined: nobody asks clients for one. */
  readonly clientCa?: string | undefined
  /** Whether clients must show a certificate of these authorities. Default: `require`. */
  readonly clientAuth?: ClientAuth | undefined
}

/**
 * Whether clients must show a certificate. `require`: the handshake fails without a certificate that one of the authorities
 * has signed. `request`: they may connect without one, or with any. The call tells who they are.
 */
export type ClientAuth = 'require' | 'request'

/** The TLS in front of a listener. */
export interface TlsFront {
  /** Starts the handshake on a TCP connection. Calls `onSecure` once it is done. */
  accept(socket: Socket): void
  /**
   * Uses other material for new connections, except `clientAuth`, which stays. Throws if it is not valid. Open connections
   * keep theirs.
   */
  replace(material: TlsMaterial): void
}

export interface TlsFrontOptions {
  /** The longest time that a handshake may take, in milliseconds. */
  readonly handshakeMs: number
  /** Receives a connection whose handshake is done: the TCP socket that was given to `accept`, and the TLS socket. */
  readonly onSecure: (socket: Socket, secured: TLSSocket) => void
}

/**
 * Makes the TLS in front of a listener. Throws if the material is not valid: if a part is not PEM, if the key has a
 * passphrase, or if the key does not belong to the certificate.
 */
export function createTlsFront(material: TlsMaterial, { handshakeMs, onSecure }: TlsFrontOptions): TlsFront {
  requireValid(material)
  const underway = new Map<string, Socket>()
  const server = createServer({
    ...contextOf(material),
    ALPNProtocols: ['h2', 'http/1.1'],
    requestCert: material.clientCa !== undefined,
    rejectUnauthorized: material.clientCa !== undefined && material.clientAuth !== 'request',
    handshakeTimeout: handshakeMs,
  })
  server.on('secureConnection', (secured) => {
    const socket = underway.get(keyOf(secured))
    if (socket === undefined) secured.destroy()
    else onSecure(socket, secured)
  })
  // Clear text, scanners and clients without a certificate are not worth a line in the log.
  server.on('tlsClientError', (_error, secured) => secured.destroy())
  return {
    accept: (socket) => {
      const key = keyOf(socket)
      underway.set(key, socket)
      socket.once('close', () => underway.delete(key))
      // This server does not listen. The HTTP/1.1 server does, because its timers run only while it listens.
      server.emit('connection', socket)
    },
    replace: (next) => {
      requireValid(next)
      server.setSecureContext(contextOf(next))
    },
  }
}

// OpenSSL's own errors do not name the file.
function requireValid({ cert, key, clientCa }: TlsMaterial): void {
  const certificate = parse('the certificate', () => new X509Certificate(cert))
  const privateKey = parse('the key', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error('the key does not belong to the certificate; use the key of this certificate.')
  }
  if (clientCa !== undefined) parse('the certificate of the client authority', () => new X509Certificate(clientCa))
}

function parse<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new Error(`${what} is not valid; use PEM, and a key without a passphrase.`, { cause })
  }
}

// Node passes on another object for a socket, but with the same addresses.
function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

function contextOf({ cert, key, clientCa }: TlsMaterial) {
  return { cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) }
}
