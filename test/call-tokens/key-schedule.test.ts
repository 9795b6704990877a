import { describe, expect, test } from 'vitest'
import {
  inOrder,
  LONGEST_LIFETIME_MS,
  publishedAt,
  rotationTimes,
  signingKeyAt,
} from '../../src/call-tokens/keys/key-schedule.ts'
import { generateKeyFile, parseKeyFile, type SigningKey } from '../../src/call-tokens/keys/signing-key.ts'

const MINUTE = 60_000
const { untilDueMs, graceMs, verifierCacheMs } = rotationTimes
const keyDue = (dueAt: number) => parseKeyFile(JSON.stringify(generateKeyFile(dueAt)))
const keys = inOrder([keyDue(0), keyDue(100 * MINUTE), keyDue(200 * MINUTE)])
const numbersOf = (found: readonly SigningKey[]) => found.map((key) => keys.indexOf(key))

describe('the keys of a server', () => {
  test.for<readonly [string, number, number]>([
    ['before any key is due, the first one', -1, 0],
    ['at the time when it is due, a key', 100 * MINUTE, 1],
    ['until the next one is due, a key', 200 * MINUTE - 1, 1],
    ['after the last one is due, the last key', 9_000 * MINUTE, 2],
  ])('%s signs', ([, now, expected]) => {
    const key = signingKeyAt(keys, now)
    expect(key && keys.indexOf(key)).toBe(expected)
  })

  test('keys that are due at the same time have the same order on every server', () => {
    const same = [keyDue(0), keyDue(0), keyDue(0)]
    expect(inOrder(same)).toEqual(inOrder(same.toReversed()))
  })

  test.for<readonly [string, number, readonly number[]]>([
    ['before they are due, all keys', -1, [0, 1, 2]],
    ['while a token of it may be valid, a key', 100 * MINUTE + LONGEST_LIFETIME_MS + graceMs - 1, [0, 1, 2]],
    ['after that, only the others', 100 * MINUTE + LONGEST_LIFETIME_MS + graceMs, [1, 2]],
    ['for ever, the last key', 1e9 * MINUTE, [2]],
  ])('%s are published', ([, now, expected]) => {
    expect(numbersOf(publishedAt(keys, now))).toEqual(expected)
  })
})

// Verifiers in their worst case: they never read the keys again for a token whose key they do not know.

interface Server {
  /** How far its clock is ahead, in milliseconds. */
  readonly skew: number
  /** How long a new file takes to reach it. */
  readonly delay: number
}

interface Rotation {
  readonly at: number
  readonly key: SigningKey
}

/** The number of tokens that no verifier can verify, though they are valid. Every token is used up to its end. */
function countFailures(servers: readonly Server[], dueAfter: number, grace: number): number {
  const first: Rotation = { at: Number.NEGATIVE_INFINITY, key: keyDue(0) }
  const rotations = [first]
  for (let at = 30 * MINUTE; at < 6 * 60 * MINUTE; at += 97 * MINUTE) rotations.push({ at, key: keyDue(at + dueAfter) })
  const keysOf = ({ delay }: Server, now: number) =>
    inOrder(rotations.filter(({ at }) => at + delay <= now).map(({ key }) => key))
  const published = (server: Server, now: number) =>
    publishedAt(keysOf(server, now), now + server.skew, { graceMs: grace })
  let failures = 0
  for (let now = 0; now < 8 * 60 * MINUTE; now += MINUTE) {
    for (const issuer of servers) {
      const key = signingKeyAt(keysOf(issuer, now), now + issuer.skew)
      // The verifier has read the keys just now, or as long ago as it may, both when the token is new and when it ends.
      const uses = [now, now + LONGEST_LIFETIME_MS].flatMap((use) => [use, use - verifierCacheMs])
      for (const reader of servers) {
        for (const readAt of uses) if (key && !published(reader, readAt).includes(key)) failures++
      }
    }
  }
  return failures
}

describe('a rotation on servers that share a directory', () => {
  const sameClocks = [
    { skew: 0, delay: 0 },
    { skew: 0, delay: 0 },
  ]
  // The clocks are 5 minutes apart, and the file takes up to 5 minutes to the slower server.
  const otherClocks = [
    { skew: 5 * MINUTE, delay: 0 },
    { skew: 0, delay: 5 * MINUTE },
  ]
  const slowClocks = [
    { skew: -5 * MINUTE, delay: 5 * MINUTE },
    { skew: 0, delay: 0 },
  ]

  test.for([
    ['equal clocks', sameClocks],
    ['clocks that are 5 minutes apart, and files that take 5 minutes', otherClocks],
    ['a slow clock and slow files', slowClocks],
  ] as const)('with %s, no valid token is ever refused', ([, servers]) => {
    expect(countFailures(servers, untilDueMs, graceMs)).toBe(0)
  })

  test('the time until a key is due is needed: 5 minutes less, and valid tokens are refused', () => {
    expect(countFailures(otherClocks, untilDueMs - 5 * MINUTE, graceMs)).toBeGreaterThan(0)
  })

  test('the time after the last token of a key is needed: without it, valid tokens are refused', () => {
    expect(countFailures(slowClocks, untilDueMs, 0)).toBeGreaterThan(0)
  })
})
