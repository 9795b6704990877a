import type { SigningKey } from './signing-key.ts'

/** The longest lifetime of a token to call a revision, in milliseconds. */
export const LONGEST_LIFETIME_MS = 3_600_000

/**
 * The times of a rotation, in milliseconds. Servers whose clocks differ by at most `skewMs`, and verifiers that read the
 * published keys again after `verifierCacheMs`, never meet a token whose key they lack:
 *
 * - A key is published once each server has read its file, which takes a part of `untilDueMs`. The first server signs with
 *   it `untilDueMs - skewMs` later. With 15 minutes and 5 minutes, 10 minutes are left for the file to reach all servers and
 *   for the verifiers to read the keys again: 5 minutes by `Cache-Control`.
 * - The last server signs with the previous key `skewMs` after its end. This token is valid for at most
 *   `LONGEST_LIFETIME_MS`, and a verifier may allow some leeway. `graceMs` covers `skewMs` and the leeway.
 */
export interface RotationTimes {
  /** The time from the making of a key until it signs. */
  readonly untilDueMs: number
  /** The time for which a key stays published after its last token has ended. */
  readonly graceMs: number
  /** The time for which verifiers may keep the published keys. */
  readonly verifierCacheMs: number
}

const MINUTE_MS = 60_000

/** The times of a rotation, unless a test needs others. */
export const rotationTimes: RotationTimes = {
  untilDueMs: 15 * MINUTE_MS,
  graceMs: 10 * MINUTE_MS,
  verifierCacheMs: 5 * MINUTE_MS,
}

/** Sorts keys by the time from which they sign. Every server has the same order. */
export function inOrder(keys: readonly SigningKey[]): readonly SigningKey[] {
  return keys.toSorted((a, b) => a.dueAt - b.dueAt || (a.kid < b.kid ? -1 : 1))
}

/** The key that signs now: the newest one that is due. The first one if none is due. `keys` are in order. */
export function signingKeyAt(keys: readonly SigningKey[], now: number): SigningKey | undefined {
  return keys.findLast(({ dueAt }) => dueAt <= now) ?? keys[0]
}

/**
 * The keys that are published now: all, except those whose last token has ended some time ago. `keys` are in order.
 */
export function publishedAt<Key extends Pick<SigningKey, 'dueAt'>>(
  keys: readonly Key[],
  now: number,
  { graceMs }: Pick<RotationTimes, 'graceMs'> = rotationTimes,
): readonly Key[] {
  return keys.filter((_, index) => {
    const next = keys[index + 1]
    return next === undefined || now < next.dueAt + LONGEST_LIFETIME_MS + graceMs
  })
}
