import type { Message } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { toPlainConnectError } from '../../call/wire-errors.ts'
import { tooLarge } from '../../http/body/body-errors.ts'
import type { BodyRules } from '../../http/body/body-reader.ts'
import { gzip } from '../../http/body/gzip.ts'
import { readBodyAs } from '../../http/body/read-body.ts'
import { ENVELOPE_HEAD, incomplete, isMessage, notOne, openEnvelope, readLength, unknownFlags } from '../envelopes.ts'
import { decodeMessage } from '../message.ts'
import { bytesOf, type GetQuery } from './query.ts'
import type { UnaryParts, UnaryRequest } from './unary-request.ts'

/** A call whose message is to be read. */
export interface Unread {
  readonly request: UnaryRequest
  readonly parts: UnaryParts
  /** The compression that the request names. */
  readonly compression: string | undefined
}

/** The rules for the body of a call, whose message has at most `maxBytes` bytes. */
export function bodyRules(maxBytes: number): UnaryParts['bodyRules'] {
  const rulesBehind = (head: number): BodyRules => ({
    maxBytes: head + maxBytes,
    tooLarge: (size) => toPlainConnectError(tooLarge(maxBytes, size && size - head)),
  })
  // A message that is too large is refused before it arrives.
  const inspect = (first: Buffer) => {
    if (first.length >= ENVELOPE_HEAD) readLength(first, maxBytes)
  }
  return { bare: rulesBehind(0), enveloped: { ...rulesBehind(ENVELOPE_HEAD), inspect } }
}

/** Reads the message in the body of a call. Rejects with a `RegistryError` or a `ConnectError`. */
export function readMessage(call: Unread): Promise<Message> {
  const { exchange, wire } = call.request
  const { limits, bodyRules: all } = call.parts
  const rules = wire.protocol.isEnveloped ? all.enveloped : all.bare
  const announced = Number(exchange.headers['content-length'])
  if (announced > rules.maxBytes) throw rules.tooLarge(announced)
  const decodeBody = wire.protocol.isEnveloped ? decodeOnly : decodeWhole
  return readBodyAs(exchange, limits, (body) => decodeBody(body, call), rules)
}

/** Reads the message in the query of a Connect GET. */
export function readQueryMessage(query: GetQuery, call: Unread): Message | Promise<Message> {
  const bytes = bytesOf(query)
  const { bodyBytes } = call.parts.limits
  if (bytes.byteLength > bodyBytes) throw toPlainConnectError(tooLarge(bodyBytes, bytes.byteLength))
  return decodePlain(bytes, call)
}

function decodeWhole(body: Buffer, call: Unread): Message | Promise<Message> {
  const announced = call.request.exchange.headers['content-length']
  if (announced !== undefined && Number(announced) !== body.length) throw otherLength(body.length, announced)
  return decodePlain(body, call)
}

function decodePlain(bytes: Uint8Array, call: Unread): Message | Promise<Message> {
  if (call.compression !== 'gzip') return decode(bytes, call)
  return gzip.decompress(bytes, call.parts.limits.bodyBytes).then((message) => decode(message, call))
}

// The message in the only envelope of a body.
function decodeOnly(body: Buffer, call: Unread): Message | Promise<Message> {
  const { bodyBytes } = call.parts.limits
  if (body.length === 0) throw notOne('no message')
  const end = endOfFirst(body, bodyBytes)
  const bytes = openEnvelope(end === body.length ? body : body.subarray(0, end), call.compression, bodyBytes)
  const decodeAll = (message: Uint8Array) => {
    const decoded = decode(message, call)
    if (end < body.length) throw excess(body.subarray(end), bodyBytes)
    return decoded
  }
  return bytes instanceof Promise ? bytes.then(decodeAll) : decodeAll(bytes)
}

function endOfFirst(body: Buffer, maxBytes: number): number {
  if (body.length < ENVELOPE_HEAD) throw incomplete()
  const end = readLength(body, maxBytes)
  if (end > body.length) throw incomplete()
  return end
}

function excess(rest: Buffer, maxBytes: number): ConnectError {
  endOfFirst(rest, maxBytes)
  return isMessage(rest) ? notOne('more than one message') : unknownFlags(rest)
}

function decode(bytes: Uint8Array, { request: { method, wire }, parts }: Unread): Message {
  return decodeMessage(method.method.input, bytes, wire.isJson ? parts.json : undefined)
}

function otherLength(size: number, announced: string): ConnectError {
  const message = `the request body has ${size} bytes, and its content-length is ${announced}; send a body of that length.`
  return new ConnectError(message, Code.InvalidArgument)
}
