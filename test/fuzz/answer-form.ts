import { type Parts, readAnswer } from '../differential/read-answer.ts'
import type { WireAnswer } from '../differential/senders.ts'
import type { Call } from './calls.ts'

const FAULTS = new Set(['internal', 'unknown', 'data_loss', 'unavailable'])

/**
 * The only INTERNAL error that its sender causes. In gRPC, a message that is marked as compressed is INTERNAL if no
 * compression was named (https://github.com/grpc/grpc/blob/master/doc/compression.md).
 */
const PRESCRIBED = /^a message is compressed, but no header names its compression; /

/** The fault of an answer: a failure of the server, or a form that is not that of the protocol. Undefined: none. */
export function faultOf(call: Call, answer: WireAnswer): string | undefined {
  let parts: Parts
  try {
    parts = readAnswer(answer, call.method)
  } catch (error) {
    return `the answer cannot be decoded: ${error}`
  }
  const { status = '', cut, 'error code': code = '' } = parts
  if (cut !== undefined) return `the answer is not complete: ${cut}`
  if (/^50[03]/.test(status)) return `the status is ${status}`
  if (FAULTS.has(code) && !PRESCRIBED.test(parts['error message'] ?? '')) return `the code is ${code}`
  return isInForm(call, answer, parts) ? undefined : 'the answer is not in the form of its protocol'
}

function isInForm({ wire, method }: Call, { headers, body }: WireAnswer, parts: Parts): boolean {
  const { 'content-type': type = '' } = headers
  const isRpc = method !== undefined && /^\/(?:waypost\.v1|grpc\.health\.v1)\./.test(wire.path)
  const asked = wire.headers.filter(([name]) => name === 'content-type').map(([, value]) => value.toLowerCase())
  if (isRpc && wire.verb === 'POST' && asked.length === 1) {
    const [, grpc] = /^application\/(grpc(?:-web)?)(?:\+(?:proto|json))?$/.exec(asked[0] ?? '') ?? []
    if (grpc !== undefined) return parts.status === '200' && isOfProtocol(type, grpc) && 'error code' in parts
    // A JSON body that is not for a known service is one of REST.
    const isConnect = wire.path.startsWith(`/${method.parent.typeName}/`) && wire.path.split('/').length === 3
    if (isConnect && /^application\/(?:proto|json)$/.test(asked[0] ?? ''))
      return parts.status === '200' ? type === asked[0] : 'error code' in parts
  }
  if (wire.verb === 'HEAD') return body.length === 0
  if (parts.status === '405') return 'allow' in headers
  if (parts.status === '415') return 'accept-post' in headers || body.length > 0
  return Number(parts.status) < 400 || type.startsWith('application/')
}

function isOfProtocol(type: string, protocol: string): boolean {
  return type === `application/${protocol}` || type.startsWith(`application/${protocol}+`)
}
