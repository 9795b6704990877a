import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { requireBodyForPeople, requireTextForPeople } from './error-texts.ts'

/** How one HTTP/2 stream ended. */
export interface StreamAnswer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly text: string
  /** The code, such as `NGHTTP2_PROTOCOL_ERROR`, if the stream or its session was reset. */
  readonly error: string | undefined
}

/** Sends one request on a new HTTP/2 connection. If the body is undefined, the request is never ended. */
export async function streamExchange(
  url: string,
  headers: OutgoingHttpHeaders,
  body: Uint8Array | string | undefined,
  timeoutMs = 15_000,
): Promise<StreamAnswer> {
  const session = connect(url)
  const answer = await new Promise<StreamAnswer>((resolve) => {
    const seen = { status: undefined as number | undefined, headers: {}, trailers: {}, text: '' }
    let error: string | undefined
    const note = (reason: Error) => {
      error ??= /NGHTTP2_\w+/.exec(reason.message)?.[0] ?? reason.message
    }
    const finish = () => {
      clearTimeout(timer)
      resolve({ ...seen, error })
    }
    const timer = setTimeout(() => {
      error ??= 'no answer in time'
      finish()
    }, timeoutMs)
    session.on('error', note)
    const stream = session.request({ ':method': 'POST', ...headers }, { endStream: false })
    stream
      .setEncoding('utf8')
      .on('response', (head) => {
        seen.status = head[':status']
        seen.headers = head
      })
      .on('trailers', (trailers) => {
        seen.trailers = trailers
      })
      .on('data', (text: string) => {
        seen.text += text
      })
      .on('error', note)
      .on('end', () => body === undefined || finish())
      .on('close', finish)
    if (body !== undefined) stream.end(body)
  })
  session.destroy()
  requireAnswerForPeople(answer)
  return answer
}

function requireAnswerForPeople({ status = 0, headers, trailers, text }: StreamAnswer): void {
  const inBody = /grpc-message: ?(.*)\r\n/.exec(text)?.[1]
  for (const message of [headers['grpc-message'], trailers['grpc-message'], inBody]) {
    if (typeof message === 'string') requireTextForPeople(decodeURIComponent(message))
  }
  if (status >= 400) requireBodyForPeople(text)
  // The last envelope of a Connect stream, behind its head of five bytes.
  const end = text.lastIndexOf('{"error":')
  if (String(headers['content-type']).startsWith('application/connect+') && end >= 0) {
    requireBodyForPeople(text.slice(end))
  }
}

/** A message in the envelope of gRPC and gRPC-Web. */
export function envelope(message: Uint8Array, { compressed = false, length = message.byteLength } = {}): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(compressed ? 1 : 0, 0)
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, message])
}
