import { expect, test } from 'vitest'
import { rolloutEntry } from '../../src/domain/entries/new-entry.ts'
import { withDefault, withRollout } from '../../src/domain/head.ts'
import { active, deleted } from '../../src/domain/lifecycle.ts'
import type { Entry } from '../../src/domain/log.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { BUCKETS, type BucketRange, type Candidate, type Rollout } from '../../src/domain/rollout/rollout.ts'
import { Log } from '../../src/store/contract/log.ts'
import { service, writer } from '../../src/store/contract/support.ts'
import { audited, verify, withoutState } from './audited.ts'

const yanked = { ...active, yank: { reason: 'r' } }
const tag = '2.0.0' as RevisionTag
const whole: BucketRange = { from: 0, to: 100 }

function registered(): Log {
  return new Log()
    .register('1.0.0')
    .register('2.0.0', { becomesDefault: false })
    .register('3.0.0', { becomesDefault: false })
}

/** A log whose last entry sets this rollout, whatever it is. */
function withSet(candidates: readonly Partial<Candidate>[], more: Partial<Rollout> = {}, log = registered()): Entry[] {
  const full = candidates.map((each) => ({
    ...{ tag, weight: 100, pinnedKeys: [], buckets: [whole], isHeld: false },
    ...each,
  }))
  const setAt = log.newest.generation + 1
  const rollout = { salt: 's', reason: '', startTime: 1, updateTime: 1, setAt, ...more, candidates: full }
  const head = withRollout(log.newest.head, rollout)
  return [...log.entries, rolloutEntry(log.snapshot, { service, event: 'rollout-set', head }, writer())]
}

async function messagesOf(entries: readonly Entry[]): Promise<(readonly [number | null, string])[]> {
  const { found } = await verify(entries.map(audited))
  const { found: stateless } = await verify(entries.map(withoutState), { hasStates: false })
  expect(stateless).toEqual(found)
  expect(found.every(({ code }) => code === 'WRONG_ROLLOUT')).toBe(true)
  return found.map(({ generation, message }) => [generation, message])
}

test('a rollout with held and pinned candidates has no problems, from its beginning to its end', async () => {
  const log = registered().setRollout('2.0.0', '3.0.0').yank('2.0.0', 'r').register('4.0.0', { becomesDefault: false })
  log.change('2.0.0', active).setRollout('3.0.0').endRollout('3.0.0').revert(4)
  expect(await messagesOf(log.entries)).toEqual([])
})

const ranges = (...numbers: number[]): BucketRange[] =>
  numbers.flatMap((from, index) => (index % 2 === 0 ? [{ from, to: numbers[index + 1] ?? 0 }] : []))
const third = { tag: '3.0.0' as RevisionTag }
const many = Array.from({ length: 257 }, (_, index) => ({ from: 2 * index, to: 2 * index + 1 }))

test.for<[string, Partial<Candidate>[], Partial<Rollout>, string[]]>([
  ['names no candidate', [], {}, ['candidates has no entries; use 1 to 8, or end the rollout.']],
  [
    'has a candidate twice',
    [{}, { buckets: ranges(100, 200) }],
    {},
    ['candidates[1].revision_tag "2.0.0" is also the tag of candidates[0]; name each revision once.'],
  ],
  ['has an empty salt', [{}], { salt: '' }, ['the salt is empty.']],
  ['has more buckets than its weight', [{ weight: 99 }], {}, ['candidate "2.0.0" has weight 99 and 100 buckets.']],
  ['has no buckets for its weight', [{ buckets: [] }], {}, ['candidate "2.0.0" has weight 100 and 0 buckets.']],
  ['has a bucket twice', [{}, { ...third, buckets: ranges(99, 199) }], {}, ['candidates share buckets.']],
  [
    'has neighbouring ranges that are not joined',
    [{ buckets: ranges(0, 50, 50, 100) }],
    {},
    ['the buckets are no ranges in ascending order.'],
  ],
  [
    'has ranges in another order',
    [{ buckets: ranges(60, 120, 0, 40) }],
    {},
    ['the buckets are no ranges in ascending order.'],
  ],
  [
    'has a range beyond the last bucket',
    [{ buckets: ranges(BUCKETS - 50, BUCKETS + 50) }],
    {},
    ['the buckets are no ranges in ascending order.'],
  ],
  ['has 257 ranges', [{ weight: 257, buckets: many }], {}, ['the buckets have 257 ranges.']],
  ['has the default as a candidate', [{ tag: '1.0.0' as RevisionTag }], {}, ['candidate "1.0.0" is the default.']],
  ['has an unknown candidate', [{ tag: '9.9.9' as RevisionTag }], {}, ['candidate "9.9.9" does not exist.']],
  [
    'was set by an earlier entry',
    [{}],
    { setAt: 3 },
    ['the rollout says that it was set at generation 3, and it was not.'],
  ],
  ['holds a sound candidate', [{ isHeld: true }], {}, ['candidate "2.0.0" is held and not yanked.']],
])('a rollout that %s is a problem, although all hashes are right', async ([, candidates, more, expected]) => {
  const found = await messagesOf(withSet(candidates, more))
  expect(found).toEqual(expected.map((message) => [4, message]))
})

test('a candidate that is yanked or deleted is a problem, unless a yanked one is held', async () => {
  const gone = registered().change('2.0.0', deleted)
  expect(await messagesOf(withSet([{}], {}, gone))).toEqual([[5, 'candidate "2.0.0" is deleted.']])
  const held = registered().change('2.0.0', yanked)
  expect(await messagesOf(withSet([{}], {}, held))).toEqual([[5, 'candidate "2.0.0" is yanked and not held.']])
  expect(await messagesOf(withSet([{ isHeld: true }], {}, registered().change('2.0.0', yanked)))).toEqual([])
})

test('the entry that makes a candidate wrong is the only one with the problem', async () => {
  const set = new Log(withSet([{}]))
  const log = new Log(set.entries).register('4.0.0', { becomesDefault: false })
  const head = withDefault(log.newest.head, tag, null)
  const entry = rolloutEntry(log.snapshot, { service, event: 'rollout-set', head }, writer())
  const after = new Log([...log.entries, entry]).register('5.0.0', { becomesDefault: false })
  expect(await messagesOf(after.entries)).toEqual([[6, 'candidate "2.0.0" is the default.']])
})
