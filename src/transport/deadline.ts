import type { IncomingHttpHeaders } from 'node:http'
import { limits } from './limits.ts'

const GRPC_UNITS_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }

/**
 * Brings the deadline in the headers of an RPC, and the absence of one, down to the longest that is allowed. A value
 * that is no deadline at all is left for the protocol's own check to refuse.
 */
export function capDeadline(headers: IncomingHttpHeaders): void {
  const isGrpc = headers['content-type']?.startsWith('application/grpc') ?? false
  const [name, cap] = isGrpc
    ? ['grpc-timeout', `${limits.deadlineMs}m`]
    : ['connect-timeout-ms', `${limits.deadlineMs}`]
  const given = headers[name]
  if (given === undefined || Number(toMs(String(given), isGrpc)) > limits.deadlineMs) headers[name] = cap
}

function toMs(text: string, isGrpc: boolean): number | undefined {
  if (!isGrpc) return /^\d{1,10}$/.test(text) ? Number(text) : undefined
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? []
  return digits === undefined || unit === undefined ? undefined : Number(digits) * (GRPC_UNITS_MS[unit] ?? Number.NaN)
}
