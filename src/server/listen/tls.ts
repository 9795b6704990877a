import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'

/** What a server shows and asks for, as PEM. */
export interface TlsMaterial {
  /** The certificate, and those between it and its root. */
  readonly cert: string
  readonly key: string
  /** The authorities of which clients must show a certificate. Without it, clients need none. */
  readonly clientCa?: string | undefined
}

/** The TLS in front of a listener. */
export interface TlsFront {
  /** Takes a TCP connection; `onSecure` hears of it once the handshake is done. */
  accept(socket: Socket): void
  /** Goes on with other material: for new connections; those that are there stay as they are. */
  replace(material: TlsMaterial): void
}

export interface TlsFrontOptions {
  /** How long a handshake may take, in milliseconds. */
  readonly handshakeMs: number
  /** Hears of a connection whose handshake is done. */
  readonly onSecure: (socket: Socket, secured: TLSSocket) => void
}

/**
 * Calls back for each connection whose handshake is done, with the TCP socket that was given to `accept`. Throws where
 * the material is not valid: a file of another kind, or a key that isn't the certificate's.
 */
export function createTlsFront(material: TlsMaterial, { handshakeMs, onSecure }: TlsFrontOptions): TlsFront {
  requireValid(material)
  const underway = new Map<string, Socket>()
  const server = createServer({
    ...contextOf(material),
    ALPNProtocols: ['h2', 'http/1.1'],
    requestCert: material.clientCa !== undefined,
    rejectUnauthorized: material.clientCa !== undefined,
    handshakeTimeout: handshakeMs,
  })
  server.on('secureConnection', (secured) => {
    const socket = underway.get(keyOf(secured))
    if (socket === undefined) secured.destroy()
    else onSecure(socket, secured)
  })
  // Clear text, a scanner, a client without a certificate: the connection is closed, and that is all.
  server.on('tlsClientError', (_error, secured) => secured.destroy())
  return {
    accept: (socket) => {
      const key = keyOf(socket)
      underway.set(key, socket)
      socket.once('close', () => underway.delete(key))
      // It does not listen itself: the HTTP/1.1 server does, whose timers run only then.
      server.emit('connection', socket)
    },
    replace: (next) => {
      requireValid(next)
      server.setSecureContext(contextOf(next))
    },
  }
}

// OpenSSL says that something is unsupported, and not which of the files it is.
function requireValid({ cert, key, clientCa }: TlsMaterial): void {
  const certificate = parse('the certificate', () => new X509Certificate(cert))
  const privateKey = parse('the key', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) throw new Error('the key is not that of the certificate')
  if (clientCa !== undefined) parse('the authorities of clients', () => new X509Certificate(clientCa))
}

function parse<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new Error(`${what} can't be read: it must be PEM, and a key without a passphrase`, { cause })
  }
}

// What Node gives back for a socket is another object, which knows the same addresses.
function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

function contextOf({ cert, key, clientCa }: TlsMaterial) {
  return { cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) }
}
