import { gunzipSync } from 'node:zlib'
import { createRegistry, type DescMessage, type DescMethodUnary, fromBinary, toJson } from '@bufbuild/protobuf'
import { BinaryReader, base64Decode, WireType } from '@bufbuild/protobuf/wire'
import { Code } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import type { WireAnswer } from './senders.ts'

/** The parts of an answer that are compared, by their names, such as `status` or `header content-type`. */
export type Parts = Readonly<Record<string, string>>

/** Fields that HTTP itself needs, or that differ in every answer. */
const NOT_COMPARED = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'trailer'])

const registry = createRegistry(BadRequestSchema, ErrorInfoSchema, RetryInfoSchema)
type Fields = Readonly<Record<string, string>>

/** Takes an answer apart. The texts of messages and of details are decoded, so that another encoding is no difference. */
export function readAnswer(answer: WireAnswer, method: DescMethodUnary | undefined): Parts {
  const type = answer.headers['content-type'] ?? ''
  const read = /^application\/grpc-web/.test(type)
    ? readGrpcWeb
    : /^application\/grpc/.test(type)
      ? readGrpc
      : readPlain
  const parts = { status: `${answer.status}`, ...(answer.cut && { cut: answer.cut }) }
  return { ...parts, ...read(answer, method) }
}

function readGrpc({ headers, trailers, body }: WireAnswer, method: DescMethodUnary | undefined): Parts {
  const isTrailersOnly = 'grpc-status' in headers
  const { 'content-type': type = '', ...others } = headers
  return {
    form: isTrailersOnly ? 'Trailers-Only' : 'headers and trailers',
    'header content-type': type,
    ...(isTrailersOnly ? readTrailers(others) : { ...named('header', others), ...readTrailers(trailers) }),
    ...readEnvelopes(body, type, headers['grpc-encoding'], method),
  }
}

function readGrpcWeb(answer: WireAnswer, method: DescMethodUnary | undefined): Parts {
  const { headers } = answer
  const type = headers['content-type'] ?? ''
  const body = /text/.test(type) ? Buffer.from(answer.body.toString(), 'base64') : answer.body
  const at = endOfMessages(body)
  const last = body.subarray(at)
  if (last.length === 0) return readGrpc({ ...answer, body }, method)
  // A server may compress this frame, too.
  const text = ((last[0] ?? 0) & 1) === 1 ? gunzipSync(last.subarray(5)) : last.subarray(5)
  const lines = text
    .toString('latin1')
    .split('\r\n')
    .filter((line) => line !== '')
  const trailers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const whole = last.length >= 5 && last.readUInt32BE(1) === last.length - 5
  return { ...readGrpc({ ...answer, trailers, body: body.subarray(0, at) }, method), ...(!whole && { trailer: 'cut' }) }
}

function endOfMessages(body: Buffer): number {
  let at = 0
  while (at + 5 <= body.length && (body[at] ?? 0) < 0x80) at += 5 + body.readUInt32BE(at + 1)
  return Math.min(at, body.length)
}

function readTrailers({ 'grpc-status': status, 'grpc-message': message, ...others }: Fields): Parts {
  const { 'grpc-status-details-bin': details, ...rest } = others
  return {
    ...(status !== undefined && { 'error code': /^\d+$/.test(status) ? spell(Number(status)) : status }),
    ...(message !== undefined && { 'error message': decodeURIComponent(message), 'raw message': message }),
    ...(details !== undefined && { 'error details': readStatusDetails(base64Decode(details)) }),
    ...named('trailer', rest),
  }
}

function spell(status: number): string {
  const name = status === 0 ? 'ok' : (Code[status] ?? String(status))
  return name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
}

function readEnvelopes(body: Buffer, type: string, encoding: string | undefined, method?: DescMethodUnary): Parts {
  const messages: string[] = []
  let at = 0
  for (; at + 5 <= body.length; at += 5 + body.readUInt32BE(at + 1)) {
    const payload = body.subarray(at + 5, at + 5 + body.readUInt32BE(at + 1))
    const isCompressed = ((body[at] ?? 0) & 1) === 1
    const bytes = isCompressed && encoding === 'gzip' ? gunzipSync(payload) : payload
    messages.push(`${isCompressed ? 'compressed ' : ''}${show(bytes, type, method)}`)
  }
  if (at !== body.length) messages.push(`${body.length - at} other bytes`)
  return { messages: messages.join('\n') }
}

function readPlain({ status, headers, body }: WireAnswer, method: DescMethodUnary | undefined): Parts {
  const { 'content-type': type = '' } = headers
  const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  const fields = named('header', headers)
  const json = /json/.test(type) ? parse(bytes.toString()) : undefined
  if (status === 200 || json === undefined) return { ...fields, messages: show(bytes, type, method) }
  const { code, message, details, ...others } = json as Record<string, unknown>
  return {
    ...fields,
    ...(code !== undefined && { 'error code': String(code), 'error message': String(message) }),
    ...(details !== undefined && { 'error details': readJsonDetails(details as JsonDetail[]) }),
    messages: Object.keys(others).length === 0 ? '' : JSON.stringify(others),
  }
}

interface JsonDetail {
  readonly type: string
  readonly value: string
}

function readJsonDetails(details: readonly JsonDetail[]): string {
  return details.map(({ type, value }) => showDetail(type, Buffer.from(value, 'base64'))).join('\n')
}

// A message `google.rpc.Status`: code = 1, message = 2, details = 3.
function readStatusDetails(bytes: Uint8Array): string {
  const shown = fieldsOf(bytes).map(({ number, value }) => {
    if (typeof value === 'number') return `code ${value}`
    if (number !== 3) return `message ${JSON.stringify(Buffer.from(value).toString())}`
    // A message `google.protobuf.Any`: type_url = 1, value = 2.
    const any = Object.fromEntries(
      fieldsOf(value).map((field) => [field.number, Buffer.from(field.value as Uint8Array)]),
    )
    return showDetail(any[1]?.toString() ?? '', any[2] ?? Buffer.alloc(0))
  })
  return shown.join('\n')
}

function fieldsOf(bytes: Uint8Array): { number: number; value: Uint8Array | number }[] {
  const reader = new BinaryReader(bytes)
  const fields: { number: number; value: Uint8Array | number }[] = []
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag()
    fields.push({ number, value: type === WireType.LengthDelimited ? reader.bytes() : reader.uint32() })
  }
  return fields
}

function showDetail(url: string, bytes: Uint8Array): string {
  const type = url.slice(url.lastIndexOf('/') + 1)
  const desc = registry.getMessage(type)
  return `${type} ${desc ? JSON.stringify(toJson(desc, fromBinary(desc, bytes))) : Buffer.from(bytes).toString('hex')}`
}

function show(bytes: Buffer, type: string, method: DescMethodUnary | undefined): string {
  if (/json/.test(type)) return JSON.stringify(sorted(parse(bytes.toString()) ?? bytes.toString('latin1')))
  if (!/proto|grpc/.test(type) || method === undefined) return bytes.toString('latin1')
  return JSON.stringify(toJson(method.output as DescMessage, fromBinary(method.output, bytes)))
}

// The order of keys does not count.
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function named(kind: string, fields: Fields): Parts {
  const compared = Object.entries(fields).filter(([name]) => !NOT_COMPARED.has(name))
  return Object.fromEntries(compared.map(([name, value]) => [`${kind} ${name}`, value]))
}
