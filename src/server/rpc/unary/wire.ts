import { connect } from './connect.ts'
import { grpc } from './grpc.ts'
import { grpcWeb } from './grpc-web.ts'
import type { Protocol, Wire } from './protocol.ts'

/** The forms of messages that unary methods accept, by the content type of the request, in lower case. */
const wires: ReadonlyMap<string, Wire> = new Map([
  ...wiresOf(grpc, 'application/grpc'),
  ...wiresOf(grpcWeb, 'application/grpc-web'),
  ['application/proto', wireOf(connect, 'application/proto', false)],
  ['application/json', wireOf(connect, 'application/json', true)],
])

/** The content types that unary methods accept, as a header lists them. */
export const postTypes = [...wires.keys()].join(', ')

/** The forms of messages in a Connect GET, by the parameter `encoding`. */
export const queryWires: ReadonlyMap<string | null, Wire | undefined> = new Map([
  ['proto', wires.get('application/proto')],
  ['json', wires.get('application/json')],
])

/** The form of the messages of a call, by its content type. Undefined: no protocol has this content type. */
export function wireOfContentType(contentType: string): Wire | undefined {
  return wires.get(contentType) ?? wires.get(withoutCharset(contentType.toLowerCase()))
}

// JSON is always UTF-8, and clients may say so.
function withoutCharset(contentType: string): string {
  return contentType.replace(/json; ?charset=utf-?8$/, 'json')
}

// The codec may be missing, and is protobuf then. Its name in the answer is the same in both cases.
function wiresOf(protocol: Protocol, contentType: string): [string, Wire][] {
  const proto = wireOf(protocol, `${contentType}+proto`, false)
  return [
    [contentType, proto],
    [`${contentType}+proto`, proto],
    [`${contentType}+json`, wireOf(protocol, `${contentType}+json`, true)],
  ]
}

function wireOf(protocol: Protocol, contentType: string, isJson: boolean): Wire {
  const headers = { 'content-type': contentType }
  return { protocol, isJson, headers, gzipHeaders: { ...headers, [protocol.compression.encoding]: 'gzip' } }
}
