import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { fieldError, quote, RegistryError } from '../../../domain/errors.ts'
import type { At } from '../../../domain/history/at.ts'

/** The fields of a request that can ask about an earlier state. */
interface AtFields {
  readonly atTime?: Timestamp | undefined
  readonly atGeneration: bigint
}

/** The names of the two fields in a request, for errors. */
interface AtNames {
  readonly time: string
  readonly generation: string
}

const usualNames: AtNames = { time: 'at_time', generation: 'at_generation' }

// The first and the last time that a timestamp of protobuf can be, in seconds since 1970.
const BOUNDS_S = { first: -62_135_596_800n, last: 253_402_300_799n } as const

/**
 * The state that a request is about. Null: the newest. Throws `INVALID_AT_TIME`, `INVALID_AT_GENERATION`, or
 * `CONFLICTING_SELECTORS` if the request has a time and a generation.
 */
export function toAt({ atTime, atGeneration }: AtFields, names = usualNames): At | null {
  if (atTime !== undefined && atGeneration !== 0n) throw bothGiven(names)
  if (atTime !== undefined) return { time: toMilliseconds(atTime, names.time) }
  if (atGeneration === 0n) return null
  const generation = Number(atGeneration)
  if (generation >= 1 && Number.isSafeInteger(generation)) return { generation }
  const description = `${names.generation} is ${atGeneration}; use a generation of the service, 1 or more.`
  throw fieldError('INVALID_AT_GENERATION', names.generation, description)
}

/** Whether a request is about an earlier state. Its answer tells the generation, because only that is repeatable for ever. */
export function asksPast({ atTime, atGeneration }: AtFields): boolean {
  return atGeneration !== 0n || atTime !== undefined
}

/** The time of a timestamp in milliseconds since 1970 (UTC). Throws `INVALID_AT_TIME` if it is out of range. */
export function toMilliseconds({ seconds, nanos }: Timestamp, field: string): number {
  const isTime = seconds >= BOUNDS_S.first && seconds <= BOUNDS_S.last && nanos >= 0 && nanos < 1_000_000_000
  if (isTime) return Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000)
  const given = quote(`${seconds} s ${nanos} ns`)
  const description = `${field} ${given} is not a time; use a time from the year 1 to the year 9999.`
  throw fieldError('INVALID_AT_TIME', field, description)
}

function bothGiven({ time, generation }: AtNames): RegistryError {
  const description = `the request has ${time} and ${generation}; give at most one of them.`
  const fieldViolations = [time, generation].map((field) => ({ field, description }))
  return new RegistryError({ reason: 'CONFLICTING_SELECTORS', message: description, fieldViolations })
}
