import { once } from 'node:events'
import { type IncomingMessage, request as requestOverHttp1 } from 'node:http'
import { connect, type IncomingHttpHeaders } from 'node:http2'
import { buffer } from 'node:stream/consumers'

/** A request that a load tool can send many times. */
export interface Request {
  readonly version: 'HTTP/1.1' | 'HTTP/2'
  readonly method: 'GET' | 'POST'
  /** The paths of the request. If there are several, they are sent in turn. */
  readonly paths: readonly [string, ...string[]]
  /** Whether each request has a number after its path, from 0. Only wrk can do that. Default: false. */
  readonly areNumbered?: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}

/** The answer, without the headers that every Node server adds by itself. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly trailers: Readonly<Record<string, string>>
}

const ADDED_BY_NODE = new Set([':status', 'date', 'connection', 'keep-alive', 'transfer-encoding'])

/** Sends the request once, to its first path. */
export function send(origin: string, request: Request): Promise<Answer> {
  return request.version === 'HTTP/2' ? sendOverHttp2(origin, request) : sendOverHttp1(origin, request)
}

async function sendOverHttp1(origin: string, { method, paths, headers, body }: Request): Promise<Answer> {
  const length = body === undefined ? {} : { 'content-length': body.byteLength }
  const outgoing = requestOverHttp1(origin + paths[0], { method, headers: { ...headers, ...length }, agent: false })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const { statusCode = 0, headers: answered } = response
  return { status: statusCode, headers: own(answered), body: await buffer(response), trailers: own(response.trailers) }
}

async function sendOverHttp2(origin: string, { method, paths, headers, body }: Request): Promise<Answer> {
  const session = connect(origin)
  try {
    const stream = session.request({ ':method': method, ':path': paths[0], ...headers }, { endStream: false })
    let trailers: Readonly<Record<string, string>> = {}
    stream.on('trailers', (received) => {
      trailers = own(received)
    })
    stream.end(body)
    const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status'?: number }]
    const content = await buffer(stream)
    return { status: Number(answered[':status']), headers: own(answered), body: content, trailers }
  } finally {
    session.close()
  }
}

function own(headers: object): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => !ADDED_BY_NODE.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]))
}
