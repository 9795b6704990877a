import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Writable } from 'node:stream'
import type { Pairs, Wire } from './ways.ts'

/** An answer as it came. The names of fields are in lower case. */
export interface WireAnswer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly trailers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** The reason if the answer is not complete, such as `NGHTTP2_PROTOCOL_ERROR`. */
  readonly cut: string | undefined
}

/** Sends requests to one server over one version of HTTP. */
export interface Sender {
  send(wire: Wire): Promise<WireAnswer>
  close(): void
}

/** The longest wait for an answer, in milliseconds. */
const TIMEOUT_MS = 20_000

/** Sends over HTTP/1.1. Default: on connections that are kept. */
export function openHttp1(url: string, keepAlive = true): Sender {
  const { protocol, hostname, port, host } = new URL(url)
  const isTls = protocol === 'https:'
  // No bound of connections: Node's agent sometimes forgets a request that waits for one.
  const options = { keepAlive, rejectUnauthorized: false }
  const agent = isTls ? new HttpsAgent(options) : new HttpAgent(options)
  return {
    close: () => agent.destroy(),
    send: (wire) =>
      new Promise((resolve) => {
        const headers = [['host', host] as const, ...wire.headers, ...framing(wire)].flat()
        const start = isTls ? requestHttps : requestHttp
        const request = start({ agent, hostname, port, method: wire.verb, path: targetOf(wire), headers })
        request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error('no answer in time')))
        request.once('error', (error) => resolve(cutOff(error)))
        request.once('response', (response) => readHttp1(response, resolve))
        sendBody(request, wire)
      }),
  }
}

function framing({ verb, body, sent }: Wire): Pairs {
  if (sent === 'chunked') return [['transfer-encoding', 'chunked']]
  return verb === 'POST' || body.length > 0 ? [['content-length', `${body.length}`]] : []
}

/** The number of pieces that a body is sent in, which arrive one after another. */
const PIECES = 4

async function sendBody(writable: Writable, { body, sent }: Wire): Promise<void> {
  const size = Math.ceil(body.length / PIECES)
  for (let at = 0; sent !== undefined && at < body.length && !writable.destroyed; at += size) {
    writable.write(body.subarray(at, at + size))
    await new Promise((resolve) => setImmediate(resolve))
  }
  writable.end(sent === undefined ? body : undefined)
}

function readHttp1(response: IncomingMessage, resolve: (answer: WireAnswer) => void): void {
  const chunks: Buffer[] = []
  const finish = (cut?: string) => {
    const { statusCode: status, rawHeaders, rawTrailers } = response
    resolve({ status, headers: join(rawHeaders), trailers: join(rawTrailers), body: Buffer.concat(chunks), cut })
  }
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.once('end', () => finish())
  response.once('error', () => finish('the answer is not complete'))
}

/** Sends over HTTP/2, on one session. */
export function openHttp2(url: string): Sender {
  let session: ClientHttp2Session | undefined
  const sessionNow = () => {
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(url, { rejectUnauthorized: false }).on('error', () => {})
    }
    return session
  }
  const { protocol, host } = new URL(url)
  return {
    close: () => session?.close(),
    send: (wire) =>
      new Promise((resolve) => {
        const pseudo: Pairs = [
          [':method', wire.verb],
          [':scheme', protocol.slice(0, -1)],
          [':authority', host],
          [':path', targetOf(wire)],
        ]
        const endStream = wire.verb !== 'POST' && wire.body.length === 0
        const stream = readHttp2(sessionNow().request([...pseudo, ...wire.headers].flat(), { endStream }), resolve)
        stream.setTimeout(TIMEOUT_MS)
        if (!endStream) sendBody(stream, wire)
      }),
  }
}

function readHttp2(stream: ClientHttp2Stream, resolve: (answer: WireAnswer) => void): ClientHttp2Stream {
  const chunks: Buffer[] = []
  let [status, headers, trailers, cut] = [undefined as number | undefined, {}, {}, undefined as string | undefined]
  stream
    .on('response', (fields, _flags, raw: string[]) => {
      status = fields[':status']
      headers = join(raw)
    })
    .on('trailers', (_fields, _flags, raw: string[]) => {
      trailers = join(raw)
    })
    .on('data', (chunk: Buffer) => chunks.push(chunk))
    .on('error', (error: Error) => {
      cut ??= /NGHTTP2_\w+/.exec(error.message)?.[0] ?? error.message
    })
    .on('timeout', () => {
      cut ??= 'no answer in time'
      stream.close()
    })
    .on('end', () => status !== undefined && resolve({ status, headers, trailers, body: Buffer.concat(chunks), cut }))
    .on('close', () => resolve({ status, headers, trailers, body: Buffer.concat(chunks), cut }))
  return stream
}

function cutOff({ message }: Error): WireAnswer {
  return { status: undefined, headers: {}, trailers: {}, body: Buffer.alloc(0), cut: message }
}

/** The path and the query of a request, as they are sent. */
export function targetOf({ path, query }: Wire): string {
  const text = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return query.length === 0 ? path : `${path}?${text}`
}

function join(raw: readonly string[]): Record<string, string> {
  const joined: Record<string, string> = {}
  for (let at = 0; at < raw.length; at += 2) {
    const [name, value] = [(raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '']
    if (name.startsWith(':')) continue
    joined[name] = name in joined ? `${joined[name]}, ${value}` : value
  }
  return joined
}
