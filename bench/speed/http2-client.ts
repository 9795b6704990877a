import { once } from 'node:events'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import type { Request } from '../request.ts'

/** A request over HTTP/2, and the status of its expected answer. */
export interface Http2Call {
  readonly headers: OutgoingHttpHeaders
  readonly body?: Buffer
  readonly status: number
}

/** A client of `node:http2` that uses its connections in turn. */
export interface Http2Client extends AsyncDisposable {
  /** Resolves when the whole answer is there. Rejects if it has another status, or the status of a failed gRPC call. */
  call(call: Http2Call): Promise<void>
}

/** Opens the connections of a client. */
export async function openHttp2Client(origin: string, connections: number): Promise<Http2Client> {
  const sessions = Array.from({ length: connections }, () => connect(origin))
  await Promise.all(sessions.map((session) => once(session, 'connect')))
  let sent = 0
  return {
    call: (call) => send(sessions[sent++ % sessions.length] as ClientHttp2Session, call),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sessions.map((session) => new Promise<void>((resolve) => session.close(resolve))))
    },
  }
}

function send(session: ClientHttp2Session, { headers, body, status }: Http2Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined })
    let [answered, grpcStatus] = [0, '0']
    const readStatus = (received: IncomingHttpHeaders) => {
      grpcStatus = String(received['grpc-status'] ?? grpcStatus)
    }
    stream.on('response', (received) => {
      answered = received[':status'] ?? 0
      readStatus(received)
    })
    stream.on('trailers', readStatus)
    stream.on('end', () => {
      if (answered === status && grpcStatus === '0') resolve()
      else reject(new Error(`a call answered ${answered}, grpc-status ${grpcStatus}`))
    })
    stream.on('error', reject).resume()
    if (body !== undefined) stream.end(body)
  })
}

/** The call that sends the same request as a load tool. */
export function toCall({ method, paths, headers, body }: Request, status = 200): Http2Call {
  return { headers: { ':method': method, ':path': paths[0], ...headers }, ...(body && { body }), status }
}
