import type { Rates } from '../server/call/rate-limit.ts'
import { ConfigError } from './config-error.ts'
import { parseWhole } from './limits.ts'

/** The most that callers may send and store. */
export interface CallerLimits {
  /** The calls that each caller may send per second. */
  readonly rates: Rates
  /** The most revisions of a service; undefined: no limit. */
  readonly revisionsPerService: number | undefined
  /** The most services of a namespace; undefined: no limit. */
  readonly servicesPerNamespace: number | undefined
}

/** The defaults of these settings, as text. */
export const limitDefaults = { rateLimit: '', maxRevisionsPerService: '', maxServicesPerNamespace: '' } as const

/** These settings, as commander parses them. */
export interface LimitFlags {
  readonly rateLimit: Rates
  readonly maxRevisionsPerService: number | undefined
  readonly maxServicesPerNamespace: number | undefined
}

/** The settings, from their flags. */
export function toCallerLimits(flags: LimitFlags): CallerLimits {
  const { rateLimit: rates, maxRevisionsPerService, maxServicesPerNamespace } = flags
  return { rates, revisionsPerService: maxRevisionsPerService, servicesPerNamespace: maxServicesPerNamespace }
}

const MOST_CALLS_PER_SECOND = 1_000_000

/**
 * Parses rates per second such as `writes=10,reads=500`. Each is a whole number from 1 to 1,000,000. One of them may be
 * left out. The empty text stands for no rates.
 */
export function parseRateLimit(text: string): Rates {
  const rates: { read?: number; write?: number } = {}
  if (text === '') return rates
  for (const part of text.split(',')) {
    const [, name, digits] = /^(reads|writes)=(\d{1,7})$/.exec(part.trim()) ?? []
    const kind = name === 'reads' ? 'read' : 'write'
    const perSecond = Number(digits)
    if (name === undefined || perSecond < 1 || perSecond > MOST_CALLS_PER_SECOND || rates[kind] !== undefined)
      throw new ConfigError(
        `${JSON.stringify(text)} is not valid; use writes=NUMBER, reads=NUMBER, or both with a comma between them, such as writes=10,reads=500, with whole numbers per second from 1 to ${MOST_CALLS_PER_SECOND}.`,
      )
    rates[kind] = perSecond
  }
  return rates
}

/** Parses the most revisions of a service. The empty text stands for no limit. */
export function parseMaxRevisions(text: string): number | undefined {
  return text === '' ? undefined : parseWhole(text, { least: 1, most: 1_000_000, unit: 'revisions' })
}

/** Parses the most services of a namespace. The empty text stands for no limit. */
export function parseMaxServices(text: string): number | undefined {
  return text === '' ? undefined : parseWhole(text, { least: 1, most: 10_000, unit: 'services' })
}
