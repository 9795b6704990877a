import { expect, onTestFinished, test } from 'vitest'
import { createJwtIssuer } from '../../src/call-tokens/jwt-issuer.ts'
import { rotateKeys } from '../../src/call-tokens/keys/key-directory.ts'
import { rotationTimes } from '../../src/call-tokens/keys/key-schedule.ts'
import { SigningKeys } from '../../src/call-tokens/keys/signing-keys.ts'
import { anonymousIdentity } from '../../src/domain/access/identity.ts'
import type { Revision } from '../../src/domain/log.ts'
import { parseSruid } from '../../src/domain/sruid.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'
import { cacheTimes, KeyCache } from '../../src/verify-call-token/key-cache.ts'
import { verifyWith } from '../../src/verify-call-token/verify-call-token.ts'
import { newKeyDirectory } from '../support/signing-keys.ts'

// Hours on two servers that share a directory, with clocks of their own. All parts are real, except the time.

const MINUTE = 60_000
const START = Date.parse('2026-11-26T12:00:00Z')
const HOURS = 4
const ROTATION_MINUTES = 70
const registry = 'https://registry.example.com'
const revision = 'my-org/my-service:1.2.9'

/** The server's clock is ahead by `skew`, and it sees a new file `delay` after that is written. In milliseconds. */
interface Place {
  readonly skew: number
  readonly delay: number
}

interface Issued {
  readonly token: string
  readonly endsAt: number
}

async function openServer(directory: string, { skew, delay }: Place, now: () => number) {
  const clock = () => now() + skew
  const keys = await SigningKeys.open({ directory, makesFirst: true, log: silentLogger, now: clock, pollMs: 1e9 })
  onTestFinished(() => keys.close())
  const issuer = createJwtIssuer({ publicUrl: registry, keys, now: clock })
  const issue = async (lifetimeS: number): Promise<Issued> => {
    const order = { revision: parseSruid(revision) as unknown as Revision, generation: 1, lifetimeS }
    const audience = `waypost:${revision}`
    const { accessToken } = await issuer.issue(
      { ...order, audience, caller: anonymousIdentity },
      new AbortController().signal,
    )
    return { token: accessToken, endsAt: now() + lifetimeS * 1000 }
  }
  return { keys, issue, delay }
}

interface Outcome {
  verified: number
  refused: number
  /** How often a verifier met a key that it did not know, and had to read the keys again to find it. */
  surprises: number
}

/** Runs two servers for some hours, and verifies every token when it is new, later, and shortly before its end. */
async function run(places: readonly [Place, Place], untilDueMs = rotationTimes.untilDueMs): Promise<Outcome> {
  const directory = await newKeyDirectory()
  let now = START
  const servers = [await openServer(directory, places[0], () => now), await openServer(directory, places[1], () => now)]
  const outcome: Outcome = { verified: 0, refused: 0, surprises: 0 }
  const verifiers = servers.map(({ keys }, index) => {
    let readAt = Number.NEGATIVE_INFINITY
    const fetch = async () => {
      if (now - readAt <= cacheTimes.freshMs) outcome.surprises++
      readAt = now
      return new Response(keys.jwks)
    }
    const cache = new KeyCache({ url: `${registry}/${index}`, fetch, elapsed: () => now })
    return (token: string) => verifyWith(cache, token, { registry, revision, clockToleranceS: 300 }, new Date(now))
  })
  const check = async ({ token }: Issued) => {
    for (const verify of verifiers) {
      await verify(token).then(
        () => outcome.verified++,
        () => outcome.refused++,
      )
    }
  }
  const issued: Issued[] = []
  let rotatedAt = Number.NEGATIVE_INFINITY
  for (let minute = 0; minute < HOURS * 60; minute++, now += MINUTE) {
    if (minute % ROTATION_MINUTES === 30) {
      await rotateKeys(directory, now, { ...rotationTimes, untilDueMs })
      rotatedAt = now
    }
    for (const { keys, delay } of servers) if (now === rotatedAt + delay) await keys.reload()
    const lifetimeS = minute % 2 === 0 ? 3_600 : 60 + ((minute * 997) % 3_540)
    const fresh = await Promise.all(servers.map(({ issue }) => issue(lifetimeS)))
    const ending = issued.filter(({ endsAt }) => endsAt > now && endsAt <= now + MINUTE)
    for (const each of [...fresh, ...ending]) await check(each)
    issued.push(...fresh)
  }
  return outcome
}

const near: Place = { skew: 0, delay: 0 }

test.for<readonly [string, readonly [Place, Place]]>([
  ['equal clocks', [near, near]],
  [
    'a clock that is 5 minutes ahead, and files that take 5 minutes to the other server',
    [
      { skew: 5 * MINUTE, delay: 0 },
      { skew: 0, delay: 4 * MINUTE },
    ],
  ],
  ['a clock that is 5 minutes behind', [{ skew: -5 * MINUTE, delay: 4 * MINUTE }, near]],
])('keys are replaced on two servers without one failed verification, with %s', async ([, places]) => {
  const { verified, refused, surprises } = await run(places)
  expect({ refused, surprises }).toEqual({ refused: 0, surprises: 0 })
  expect(verified).toBeGreaterThan(1_000)
})

test('this test notices a key that signs too early', async () => {
  const { surprises } = await run(
    [
      { skew: 5 * MINUTE, delay: 0 },
      { skew: 0, delay: 4 * MINUTE },
    ],
    5 * MINUTE,
  )
  expect(surprises).toBeGreaterThan(0)
})
