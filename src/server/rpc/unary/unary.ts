import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'
import type { BoundMethod } from '../../call/method.ts'
import { answerFailure } from '../../http/answer-failure.ts'
import { drain } from '../../http/body/drain.ts'
import type { Answer, Exchange } from '../../http/exchange.ts'
import { observeRpc } from '../observe-rpc.ts'
import type { Fields } from './protocol.ts'
import { readQuery } from './query.ts'
import { UnaryCall } from './unary-call.ts'
import type { UnaryParts, UnaryRequest } from './unary-request.ts'
import { postTypes, wireOfContentType } from './wire.ts'

/** Answers a call of a unary method over any protocol. */
export function serveUnary(method: BoundMethod, exchange: Exchange, query: string, parts: UnaryParts): void {
  const request = negotiate(method, exchange, query)
  if ('status' in request) {
    exchange.send(request)
    drain(exchange, parts.limits)
    return
  }
  observeRpc(exchange, request.wire.protocol.name)
  const call = new UnaryCall(request, parts)
  answer(call, parts).catch((error) => answerFailure(exchange, error, { log: parts.log, rpc: call.name }))
}

async function answer(call: UnaryCall, { pipeline, limits }: UnaryParts): Promise<void> {
  const { method, exchange, wire } = call.request
  let answered: Answer | Promise<Answer>
  try {
    const { payload } = await pipeline.call(method, call)
    answered = wire.protocol.succeed(payload, call)
  } catch (cause) {
    answered = call.toFailure(cause)
  } finally {
    call.end()
  }
  exchange.send(answered instanceof Promise ? await answered : answered)
  drain(exchange, limits)
}

interface Refusal {
  readonly status: 405 | 415
  readonly headers: Fields
}

const notGet: Refusal = { status: 405, headers: { allow: 'POST' } }
const notPostOrGet: Refusal = { status: 405, headers: { allow: 'GET, POST' } }
const unsupported: Refusal = { status: 415, headers: { 'accept-post': postTypes } }

function negotiate(method: BoundMethod, exchange: Exchange, query: string): UnaryRequest | Refusal {
  const type = exchange.headers['content-type'] ?? ''
  if (exchange.method === 'POST') {
    const wire = wireOfContentType(type)
    return wire === undefined ? unsupported : { method, exchange, wire, query: undefined }
  }
  if (method.method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) return notGet
  if (exchange.method !== 'GET') return notPostOrGet
  if (type !== '' && wireOfContentType(type)?.protocol.name !== 'connect') return unsupported
  const parsed = readQuery(query)
  return parsed.wire === undefined ? unsupported : { method, exchange, wire: parsed.wire, query: parsed }
}
