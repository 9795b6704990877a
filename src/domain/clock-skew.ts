import { RegistryError } from './errors.ts'

/** The largest difference between the server's clock and the store's with which changes are made, in milliseconds. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000

/** The last time of an entry: the last moment that RFC 3339 can write, and that a protobuf timestamp can have. */
export const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z')

const UNITS = [
  ['day', 24 * 60 * 60_000],
  ['hour', 60 * 60_000],
  ['minute', 60_000],
] as const

/**
 * Throws `CLOCK_SKEW` unless an entry may have this time: it is from 1970 to 9999, and at most 5 minutes from the
 * store's clock. Both times are in milliseconds since 1970 (UTC).
 */
export function requireTrustedTime(now: number, storeTime: number): void {
  if (!(now >= 0 && now <= LAST_TIME)) {
    throw clockSkew(`in the year ${new Date(now).getUTCFullYear()}; set it to a time from 1970 to 9999.`)
  }
  const ahead = now - storeTime
  if (Math.abs(ahead) <= MAX_CLOCK_SKEW_MS) return
  const difference = `${describeSpan(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the store's`
  throw clockSkew(
    `${difference}; set the wrong clock right, or restart the server if its clock was wrong at its start.`,
  )
}

function clockSkew(problem: string): RegistryError {
  return new RegistryError({ reason: 'CLOCK_SKEW', message: `the server's clock is ${problem}` })
}

// Uses the largest unit that fits into the span at least twice. The shortest span is 5 minutes.
function describeSpan(span: number): string {
  const [unit, length] = UNITS.find(([, ms]) => span >= 2 * ms) ?? UNITS[2]
  return `${Math.round(span / length)} ${unit}s`
}
