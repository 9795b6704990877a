import { defaultLimits, type Limits } from '../server/limits.ts'
import { ConfigError } from './config-error.ts'

/** Parses a whole number between two bounds. */
export function parseWhole(text: string, { least, most, unit }: Bounds): number {
  const value = Number(text)
  if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use a whole number of ${unit} from ${least} to ${most}.`)
}

/** The bounds of a whole number, both allowed, and its unit. */
export interface Bounds {
  readonly least: number
  readonly most: number
  readonly unit: string
}

/** The bounds of the limits that an operator can set. */
export const limitBounds = {
  maxRequestBytes: { least: 1024, most: 64 * 1024 * 1024, unit: 'bytes' },
  maxHeaderBytes: { least: 1024, most: 1024 * 1024, unit: 'bytes' },
  idleTimeout: { least: 1, most: 86_400, unit: 'seconds' },
  maxConcurrentStreams: { least: 1, most: 100_000, unit: 'streams' },
} as const satisfies Readonly<Record<string, Bounds>>

/** The limits of a server: the default ones, with those that the operator has set. */
export function toLimits(given: { readonly [Name in keyof typeof limitBounds]: number }): Limits {
  const idleMs = given.idleTimeout * 1000
  return {
    ...defaultLimits,
    bodyBytes: given.maxRequestBytes,
    bodiesBytes: Math.max(defaultLimits.bodiesBytes, 4 * given.maxRequestBytes),
    drainBytes: Math.max(defaultLimits.drainBytes, 8 * given.maxRequestBytes),
    headerBytes: given.maxHeaderBytes,
    sessionIdleMs: idleMs,
    keepAliveMs: Math.max(defaultLimits.keepAliveMs, idleMs),
    concurrentStreams: given.maxConcurrentStreams,
  }
}
