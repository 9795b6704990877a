import type { IncomingMessage } from 'node:http'
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { Code, ConnectError, type Transport } from '@connectrpc/connect'
import { codeFromHttpStatus, errorFromJsonBytes } from '@connectrpc/connect/protocol-connect'
import type { Connection, ConnectionOptions } from './connection.ts'
import { sayUnavailable } from './say-unavailable.ts'

const JSON_TYPE = /^application\/json\s*(?:;|$)/i
const PROTO_TYPE = /^application\/proto\s*(?:;|$)/i

/** The largest answer that is read, in bytes. Those of a registry are smaller than 4 MiB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/**
 * Opens a connection for a program that makes few calls and should start fast, such as the command line: the Connect
 * protocol over HTTP/1.1, for unary calls without interceptors. It loads neither HTTP/2 nor the `fetch` of Node, because
 * either of them takes longer than a call.
 */
export function connectForUnary({ baseUrl, tls }: Pick<ConnectionOptions, 'baseUrl' | 'tls'>): Connection {
  const transport: Transport = {
    async unary(method, signal, timeoutMs, headers, input) {
      const body = toBinary(method.input, create(method.input, input))
      const url = `${baseUrl}/${method.parent.typeName}/${method.name}`
      const deadline = timeoutMs === undefined ? {} : { 'Connect-Timeout-Ms': `${timeoutMs}` }
      const all = { ...toRecord(headers), ...deadline }
      const answer = await send(url, { body, headers: all, signal, ...tls }).catch((error) => {
        throw sayUnavailable(error)
      })
      return toResponse(method, answer)
    },
    stream: () => Promise.reject(new ConnectError('this connection is for unary calls', Code.Unimplemented)),
  }
  return { transport, close: () => {} }
}

interface Sending {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal | undefined
}

interface Answer {
  readonly head: IncomingMessage
  readonly body: Uint8Array
}

function send(url: string, { body, headers, signal, ...options }: Sending): Promise<Answer> {
  // An `import` of node:http would also load the `fetch` of Node, because it reads every export.
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http')
  const all = {
    ...headers,
    'Content-Type': 'application/proto',
    'Content-Length': body.length,
    'Connect-Protocol-Version': '1',
  }
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, method: 'POST', headers: all }, (head) => {
      const chunks: Uint8Array[] = []
      let size = 0
      head.on('error', reject)
      head.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk)
        size += chunk.length
        if (size <= MAX_ANSWER_BYTES) return
        reject(new ConnectError(`it has more than ${MAX_ANSWER_BYTES} bytes`, Code.Internal))
        sent.destroy()
      })
      head.on('end', () => resolve({ head, body: Buffer.concat(chunks) }))
    })
    sent.on('error', reject)
    signal?.addEventListener('abort', () => sent.destroy(signal.reason))
    sent.end(body)
  })
}

function toResponse<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  { head, body }: Answer,
) {
  const { statusCode: status = 0, headers } = head
  const type = headers['content-type'] ?? ''
  if (status !== 200) throw toError(head, body)
  if (!PROTO_TYPE.test(type)) throw new ConnectError(`the content type is ${JSON.stringify(type)}`, Code.Unknown)
  return {
    stream: false as const,
    service: method.parent,
    method,
    message: parse(method.output, body),
    header: emptyHeaders,
    trailer: emptyHeaders,
  }
}

// Nobody reads the headers of an answer, and a real `Headers` would load the `fetch` of Node.
const emptyHeaders = {} as Headers

function parse<O extends DescMessage>(schema: O, body: Uint8Array): MessageShape<O> {
  try {
    return fromBinary(schema, body)
  } catch (cause) {
    throw new ConnectError('the answer cannot be decoded', Code.Internal, undefined, undefined, cause)
  }
}

function toError({ statusCode: status = 0, headers }: IncomingMessage, body: Uint8Array): unknown {
  const metadata = Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((each) => [name, each]))
  const fallback = new ConnectError(`HTTP ${status}`, codeFromHttpStatus(status), Object.fromEntries(metadata))
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) return fallback
  try {
    const error = errorFromJsonBytes(body, fallback.metadata, fallback)
    // The JSON of another server may have neither a message nor a code.
    return error.rawMessage === '' ? fallback : error
  } catch (error) {
    return error
  }
}

function toRecord(headers: ConstructorParameters<typeof Headers>[0]): Record<string, string> {
  const isPlain =
    headers !== undefined && !Array.isArray(headers) && Object.getPrototypeOf(headers) === Object.prototype
  return isPlain ? (headers as Record<string, string>) : Object.fromEntries(new Headers(headers))
}
