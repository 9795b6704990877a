import { expect, test } from 'vitest'
import { requireTrustedTime } from '../../src/domain/clock-skew.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOON = Date.parse('2026-05-06T12:00:00Z')
const FIRST = Date.parse('1970-01-01T00:00:00Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')
const REMEDY = 'set the wrong clock right, or restart the server if its clock was wrong at its start.'

test.for([
  [0, NOON],
  [5 * MINUTE, NOON],
  [-5 * MINUTE, NOON],
  [0, FIRST],
  [0, LAST],
] as const)('a clock that is %d ms from the clock of the store is trusted at %d', ([difference, storeTime]) => {
  const now = Math.min(Math.max(storeTime + difference, FIRST), LAST)
  expect(() => requireTrustedTime(now, storeTime)).not.toThrow()
})

test.for([
  [5 * MINUTE + 1, '5 minutes ahead of'],
  [-5 * MINUTE - 1, '5 minutes behind'],
  [7 * MINUTE, '7 minutes ahead of'],
  [-119 * MINUTE, '119 minutes behind'],
  [2 * HOUR, '2 hours ahead of'],
  [-47 * HOUR, '47 hours behind'],
  [400 * DAY, '400 days ahead of'],
] as const)('a clock that is %d ms from the clock of the store is refused as %s it', ([difference, text]) => {
  expect(() => requireTrustedTime(NOON + difference, NOON)).toThrow(
    expect.objectContaining({
      ...{ code: 'unavailable', reason: 'CLOCK_SKEW' },
      message: `the server's clock is ${text} the store's; ${REMEDY}`,
    }),
  )
})

test.for([
  [FIRST - 1, '1969'],
  [LAST + 1, '10000'],
  [Date.UTC(10_001), '10001'],
] as const)('the time %d, which is in the year %s, is refused even if the clock of the store agrees', ([now, year]) => {
  expect(() => requireTrustedTime(now, now)).toThrow(
    expect.objectContaining({
      ...{ code: 'unavailable', reason: 'CLOCK_SKEW' },
      message: `the server's clock is in the year ${year}; set it to a time from 1970 to 9999.`,
    }),
  )
})

test('a clock that is not a number is refused', () => {
  expect(() => requireTrustedTime(Number.NaN, NOON)).toThrow(expect.objectContaining({ reason: 'CLOCK_SKEW' }))
})
