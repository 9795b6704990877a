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

  test('after a loss there is a random pause of a part of a batch, which grows with the number of the others', () => {
    expect(pausesOf(new Pace(() => 1), ['lost'])).toEqual([3])
    expect(pausesOf(new Pace(() => 0), ['lost'])).toEqual([0])
    const [few = 0, many = 0] = [8, 64].map((others) => pausesOf(new Pace(() => 1), [0, others, 'lost']).at(-1))
    expect(many).toBeGreaterThan(few)
    expect(few).toBeGreaterThan(3)
  })

  test.for([
    [8, 1],
    [32, 2.4],
  ] as const)(
    'after a win beside others that append %d entries between two batches, it pauses for %d batches',
    ([between, batches]) => {
      const pause = pausesOf(
        new Pace(() => 0.5),
        Array.from({ length: 30 }, () => between),
      ).at(-1)
      expect(pause).toBeCloseTo(batches * BATCH_MS, 1)
    },
  )

  test('16 batches after the last sign of others the pauses end', () => {
    const pauses = pausesOf(new Pace(() => 0.5), ['lost', ...Array.from({ length: 18 }, () => 0)])
    expect(pauses.slice(1, 17).every((pause) => pause > 0)).toBe(true)
    expect(pauses.slice(17)).toEqual([0, 0])
  })

  test('each 64th batch without a sign of others is followed by a pause, in which a process that always lost can win', () => {
    const pauses = pausesOf(
      new Pace(),
      Array.from({ length: 128 }, () => 0),
    )
    expect(pauses.flatMap((pause, index) => (pause > 0 ? [[index + 1, pause]] : []))).toEqual([
      [64, 2 * BATCH_MS],
      [128, 2 * BATCH_MS],
    ])
  })

  test('a pause is never longer than 250 ms', () => {
    const pace = new Pace(() => 1)
    expect(pace.pauseAfter({ base: 1, appended: 0, isLost: true }, 10_000)).toBe(250)
  })
})
