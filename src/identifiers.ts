import { randomUUID } from 'node:crypto'

/**
 * A UUID of version 7 (RFC 9562): the time, and then 74 random bits. Identifiers of later milliseconds are greater, so
 * an index of them grows at its end.
 */
export function newId(now: number = Date.now()): string {
  if (now !== last.time) last = { time: now, prefix: prefixOf(now) }
  // The random part of version 4 begins after its version, the digit at place 14.
  return last.prefix + randomUUID().slice(15)
}

// Many entries are written in the same millisecond.
let last = { time: -1, prefix: '' }

function prefixOf(now: number): string {
  const time = now.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7`
}

/** A random text of 96 bits. */
export function newSalt(): string {
  const uuid = randomUUID()
  // The digits between these parts contain the version and the variant.
  return uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(24)
}
