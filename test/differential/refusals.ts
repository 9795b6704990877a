import type { AllowedDifference, Clause } from './difference.ts'
import type { Parts } from './read-answer.ts'

const GRPC = 'https://github.com/grpc/grpc/blob/master/doc'
const CONNECT = 'https://connectrpc.com/docs/protocol'

const malformed: Clause = {
  of: 'docs/errors.md',
  says: 'The request cannot be read: it is malformed, has an unknown key, or a value of the wrong type.',
}
const reasons: Clause = {
  of: 'docs/errors.md',
  says: 'Over Connect, gRPC and gRPC-Web, the reason is in a `google.rpc.ErrorInfo` with the domain `waypost`.',
}
const texts: Clause = {
  of: 'CONTRIBUTING.md',
  says: 'A message tells what happened, which value was given, which values are allowed, and what to do next.',
}

/** The HTTP status of an error over Connect. */
const statusOf: Readonly<Record<string, string>> = {
  invalid_argument: '400',
  resource_exhausted: '429',
  unimplemented: '501',
  deadline_exceeded: '504',
  internal: '500',
}

/** Requests that both refuse, or that Waypost alone refuses. */
export interface Refusal {
  readonly name: string
  readonly clause: Clause
  /** The message of Waypost. */
  readonly ours: RegExp
  readonly code: string
  /** Whether the error has the reason INVALID_REQUEST. Otherwise it has no details. */
  readonly hasReason?: boolean
  /** The message of the reference; undefined: the reference accepts the request, or refuses it for another reason. */
  readonly theirs?: RegExp
}

/** Every refusal in which Waypost differs. */
export const refusals: readonly Refusal[] = [
  {
    name: 'protobuf that cannot be decoded is the fault of the client',
    // gRPC's own libraries report INTERNAL, as if the server had failed.
    clause: malformed,
    theirs: /^parse binary: |^invalid varint|^invalid int/,
    ours: /^the request is not valid protobuf \(it is (?:wrong near byte \d+|nested more than 100 levels deep)\); /,
    code: 'invalid_argument',
    hasReason: true,
  },
  {
    name: 'a text in protobuf that is not UTF-8 is the fault of the client',
    clause: {
      of: 'https://protobuf.dev/programming-guides/proto3/#scalar',
      says: 'A string must always contain UTF-8 encoded or 7-bit ASCII text.',
    },
    theirs: /^parse binary: The encoded data was not valid for encoding utf-8$/,
    ours: /^the request cannot be decoded; send the message of this method, with texts in UTF-8\.$/,
    code: 'invalid_argument',
    hasReason: true,
  },
  {
    name: 'a varint of more than ten bytes is refused at every place',
    clause: {
      of: 'https://protobuf.dev/programming-guides/encoding/#varints',
      says: 'They allow encoding unsigned 64-bit integers using anywhere between one and ten bytes.',
    },
    ours: /^the request is not valid protobuf \(it is wrong near byte \d+\); /,
    code: 'invalid_argument',
    hasReason: true,
  },
  {
    name: 'JSON that does not fit the message is explained in the words of the request',
    clause: reasons,
    theirs: /^cannot decode (?:message|field) /,
    ours: /^(?:the body (?:is|has) |\w+(?:\.[\w-]+|\[\d+\])* (?:is|cannot) )/,
    code: 'invalid_argument',
    hasReason: true,
  },
  {
    name: 'JSON that is not UTF-8 is refused',
    clause: {
      of: 'https://www.rfc-editor.org/rfc/rfc8259#section-8.1',
      says: 'JSON text exchanged between systems that are not part of a closed ecosystem MUST be encoded using UTF-8',
    },
    ours: /^the body is not valid JSON \(it is not UTF-8\); send a JSON object\.$/,
    code: 'invalid_argument',
    hasReason: true,
  },
  {
    name: 'JSON that is nested deeply is refused',
    clause: {
      of: 'https://www.rfc-editor.org/rfc/rfc8259#section-9',
      says: 'An implementation may set limits on the maximum depth of nesting.',
    },
    ours: /^the body is not valid JSON \(it is nested more than 100 levels deep\); send a JSON object\.$/,
    code: 'invalid_argument',
    hasReason: true,
  },
  {
    name: 'an unknown name or number of an enumeration is refused',
    clause: malformed,
    ours: /^(?:view|order|state|if_default) .* is not valid; use one of /,
    code: 'invalid_argument',
    hasReason: true,
  },
  {
    name: 'the text about a large message names the limit and no option of the library',
    clause: texts,
    theirs: /^message (?:size \d+ )?is larger than configured readMaxBytes|^message size is larger than/,
    ours: /^the request body (?:has \d+ bytes|is larger than 1048576 bytes)(?: after decompression)?; send at most 1048576 bytes\.$/,
    code: 'resource_exhausted',
  },
  {
    name: 'the text about an unknown compression names the header and the known ones',
    clause: texts,
    theirs: /^unknown compression/,
    ours: /^the (?:grpc-encoding|content-encoding) ".*" is not supported; use gzip or identity\.$/,
    code: 'unimplemented',
  },
  {
    name: 'the text about an incomplete message says what is wrong with it',
    clause: texts,
    theirs: /^protocol error: (?:incomplete envelope|missing input message for unary method)$/,
    ours: /^the last message of the request is incomplete; send as many bytes as its length says\.$/,
    code: 'invalid_argument',
  },
  {
    name: 'a body that is not gzip is the fault of the client',
    // gRPC's own libraries report INTERNAL, as if the server had failed.
    clause: malformed,
    theirs: /^decompression failed$/,
    ours: /^the body is not valid gzip; send gzip, or an uncompressed body\.$/,
    code: 'invalid_argument',
  },
  {
    name: 'a query that is not base64 is the fault of the client',
    clause: {
      of: `${CONNECT}#error-codes`,
      says: 'invalid_argument: Request is invalid, regardless of system state.',
    },
    theirs: /^internal error$/,
    ours: /^the parameter message is not valid base64; encode it, or leave out the parameter base64\.$/,
    code: 'invalid_argument',
    hasReason: true,
  },
  {
    name: 'the text about a deadline names the header and the allowed values',
    clause: texts,
    theirs: /^protocol error: invalid (?:grpc|connect) timeout value: /,
    ours: /^(?:grpc-timeout|connect-timeout-ms) ".*" is not valid; use /,
    code: 'invalid_argument',
  },
  {
    name: 'a compressed message without a named compression is explained',
    clause: {
      of: `${GRPC}/compression.md`,
      says: 'MUST fail with `INTERNAL` status, its associated description indicating the invalid Compressed-Flag condition',
    },
    theirs: /^received compressed envelope, but do not know how to decompress$/,
    ours: /^a message is compressed, but no header names its compression; name it, or send the message uncompressed\.$/,
    code: 'internal',
  },
  {
    name: 'the flags of a message are 0 or 1',
    clause: {
      of: `${GRPC}/PROTOCOL-HTTP2.md#requests`,
      says: 'Compressed-Flag → 0 / 1 # encoded as 1 byte unsigned integer',
    },
    ours: /^a message has the flags \d+; use 0, or 1 for a compressed message\.$/,
    code: 'invalid_argument',
  },
  {
    name: 'a deadline that has passed already ends a call before it begins',
    clause: {
      of: `${GRPC}/statuscodes.md`,
      says: 'Deadline expires before server returns status: DEADLINE_EXCEEDED',
    },
    ours: /^the deadline of the call has passed; send it again with a later deadline\.$/,
    code: 'deadline_exceeded',
  },
  {
    name: 'the text about the number of messages says how many to send',
    clause: texts,
    theirs: /^protocol error: (?:received extra input message|missing input message) for unary method$/,
    ours: /^the request has (?:no message|more than one message); send one message\.$/,
    code: 'unimplemented',
  },
]

const ofErrors = new Set(['status', 'form', 'messages', 'error code', 'error message', 'error details'])
const ofHeads = new Set(['header content-type', 'header content-encoding', 'header grpc-encoding'])

/** The difference between the refusals of the two servers. */
export function toDifference({ name, clause, ours, code, hasReason = false, theirs }: Refusal): AllowedDifference {
  const isExpected = (parts: Parts) =>
    ours.test(parts['error message'] ?? '') &&
    parts['error code'] === code &&
    /"reason":"(\w+)"/.exec(parts['error details'] ?? '')?.[1] === (hasReason ? 'INVALID_REQUEST' : undefined) &&
    parts.status === (parts.form === undefined ? statusOf[code] : '200')
  return {
    ...{ name, clause },
    covers: ({ part }, exchange) =>
      isExpected(exchange.ours) &&
      (theirs === undefined || theirs.test(exchange.theirs['error message'] ?? '')) &&
      (ofErrors.has(part) || (ofHeads.has(part) && theirs === undefined)),
  }
}
