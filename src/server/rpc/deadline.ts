import type { IncomingHttpHeaders } from 'node:http'
import { Code, ConnectError } from '@connectrpc/connect'
import { quote } from '../../domain/errors.ts'

/** The header for the deadline of a call: the one of gRPC and gRPC-Web, and the one of Connect. */
export type DeadlineHeader = 'grpc-timeout' | 'connect-timeout-ms'

const GRPC_UNITS_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }

/** The longest delay of a timer in Node. With a longer delay it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Reads the header for a deadline, in milliseconds. Throws a `ConnectError` for a value that is not valid. */
export function readDeadline(name: DeadlineHeader, given: string): number {
  const ms = name === 'grpc-timeout' ? readGrpc(given) : readConnect(given)
  if (ms === undefined) throw invalid(name, given)
  return ms
}

/**
 * Shortens the deadline in the headers of a stream to the longest one that a timer of Node can have, about 24 days. It
 * ignores a value that is not valid.
 */
export function capDeadline(headers: IncomingHttpHeaders): void {
  const [grpc, connect] = [headers['grpc-timeout'], headers['connect-timeout-ms']]
  // The gRPC specification allows at most eight digits.
  if (Number(readGrpc(String(grpc))) > MAX_TIMER_MS) headers['grpc-timeout'] = `${Math.floor(MAX_TIMER_MS / 1000)}S`
  if (Number(readConnect(String(connect))) > MAX_TIMER_MS) headers['connect-timeout-ms'] = `${MAX_TIMER_MS}`
}

function readGrpc(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits) * (GRPC_UNITS_MS[unit] ?? Number.NaN)
}

function readConnect(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

function invalid(name: DeadlineHeader, given: string): ConnectError {
  const allowed =
    name === 'grpc-timeout'
      ? 'at most 8 digits and one of the units H, M, S, m, u and n'
      : 'a whole number of milliseconds with at most 10 digits'
  return new ConnectError(`${name} ${quote(given)} is not valid; use ${allowed}.`, Code.InvalidArgument)
}
