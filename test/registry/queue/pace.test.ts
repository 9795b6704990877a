import { describe, expect, test } from 'vitest'
import { Pace } from '../../../src/registry/queue/pace.ts'

const BATCH_MS = 10

/** The pauses after batches of 8 entries of one process. `between` is the number of entries of others before each. */
function pausesOf(pace: Pace, between: readonly (number | 'lost')[]): number[] {
  let end = 100
  return between.map((others) => {
    if (others === 'lost') return pace.pauseAfter({ base: end, appended: 0, isLost: true }, BATCH_MS)
    const base = end + others
    end = base + 8
    return pace.pauseAfter({ base, appended: 8, isLost: false }, BATCH_MS)
  })
}

describe('the pace of a queue', () => {
  test('there are no pauses while no other process writes to the service', () => {
    expect(pausesOf(new Pace(), [0, 0, 0, 0])).toEqual([0, 0, 0, 0])
  })

  test('there are no pauses if others write, but never collide', () => {
    expect(pausesOf(new Pace(), [8, 8, 1_000, 8])).toEqual([0, 0, 0, 0])
  })

  test('after a loss there is a random pause of up to half a batch, and more if there are more others', () => {
    expect(pausesOf(new Pace(() => 1), ['lost'])).toEqual([5])
    expect(pausesOf(new Pace(() => 0), ['lost'])).toEqual([0])
    const [few = 0, many = 0] = [8, 64].map((others) => pausesOf(new Pace(() => 1), [0, others, 'lost']).at(-1))
    expect(many).toBeGreaterThan(few)
    expect(few).toBeGreaterThan(5)
  })

  test('after a win there is a pause in which each other process can append about one batch', () => {
    const turns = Array.from({ length: 20 }, () => ['lost', 16] as const).flat()
    const pause = pausesOf(new Pace(() => 0.5), turns).at(-1) ?? 0
    expect(pause).toBeGreaterThan(BATCH_MS)
    expect(pause).toBeLessThan(2 * BATCH_MS)
  })

  test('16 batches after the last loss the pauses end', () => {
    const pauses = pausesOf(new Pace(() => 0.5), ['lost', ...Array.from({ length: 18 }, () => 8)])
    expect(pauses.slice(2, 17).every((pause) => pause > 0)).toBe(true)
    expect(pauses.slice(17)).toEqual([0, 0])
  })

  test('a pause is never longer than 250 ms', () => {
    const pace = new Pace(() => 1)
    expect(pace.pauseAfter({ base: 1, appended: 0, isLost: true }, 10_000)).toBe(250)
  })
})
