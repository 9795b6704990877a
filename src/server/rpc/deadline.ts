import type { IncomingHttpHeaders } from 'node:http'
import type { DescMethod } from '@bufbuild/protobuf'
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'
import { quote } from '../../domain/errors.ts'
import { readContentType } from '../http/content-type.ts'

const GRPC_UNITS_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }

/** The longest delay of a timer in Node. With a longer delay it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Shortens the deadline in the headers of an RPC to the longest allowed one: `unaryMs` milliseconds, or about
 * 24 days for a stream. It ignores a value that is not valid, which `requireDeadline` refuses.
 */
export function capDeadline(headers: IncomingHttpHeaders, { methodKind }: DescMethod, unaryMs: number): void {
  const maxMs = methodKind === 'unary' ? unaryMs : MAX_TIMER_MS
  const isGrpc = readContentType(headers['content-type']).protocol?.startsWith('gRPC') ?? false
  const name = isGrpc ? 'grpc-timeout' : 'connect-timeout-ms'
  const given = headers[name]
  if (given === undefined || !(Number(toMs(String(given), isGrpc)) > maxMs)) return
  headers[name] = isGrpc ? toGrpc(maxMs) : `${maxMs}`
}

/** Throws a `ConnectError` if the deadline in the headers of an RPC is not valid. */
export function requireDeadline({ protocolName, requestHeader }: HandlerContext): void {
  const isGrpc = protocolName !== 'connect'
  const name = isGrpc ? 'grpc-timeout' : 'connect-timeout-ms'
  const given = requestHeader.get(name)
  if (given === null || toMs(given, isGrpc) !== undefined) return
  const allowed = isGrpc
    ? 'at most 8 digits and one of the units H, M, S, m, u and n'
    : 'a whole number of milliseconds with at most 10 digits'
  const message = `${name} ${quote(given)} is not valid; use ${allowed}.`
  throw new ConnectError(message, Code.InvalidArgument)
}

// The gRPC specification allows at most eight digits.
function toGrpc(ms: number): string {
  return ms < 1e8 ? `${ms}m` : `${Math.floor(ms / 1000)}S`
}

function toMs(text: string, isGrpc: boolean): number | undefined {
  if (!isGrpc) return /^\d{1,10}$/.test(text) ? Number(text) : undefined
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? []
  return digits === undefined || unit === undefined ? undefined : Number(digits) * (GRPC_UNITS_MS[unit] ?? Number.NaN)
}
