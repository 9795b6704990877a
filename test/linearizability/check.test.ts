import { describe, expect, test } from 'vitest'
import { type Call, checkLinearizable, type Specification } from './check.ts'
import {
  answer,
  call,
  defaultSet,
  got,
  type Interval,
  listed,
  missed,
  refusal,
  registered,
  revision,
} from './hand-written.ts'
import type { RecordedCall, Request } from './history.ts'
import { serviceSpecification } from './specification.ts'

type Case = readonly [reason: string, calls: readonly RecordedCall[]]

const two = [registered([1, 2], '1.0.0'), registered([3, 4], '1.1.0')]
const ofTwo = { highest_version: '1.1.0', highest_release: '1.1.0', revision_count: 2 }
const full = { view: 'FULL' } as const
const setDefault = (when: Interval, tag: string, etag: string) =>
  defaultSet(when, { revision_tag: tag, etag: 'e1' }, { ...ofTwo, etag })
const twoWithEtag = [...two, got([5, 6], full, '1.1.0', { state: 'ACTIVE', service_etag: 'e1' })]
const registerSent: RecordedCall = call([1], { method: 'register', request: { revision_tag: '1.0.0' } })
const mismatch = (when: Interval, request: Request) =>
  call(when, { method: 'setDefault', request }, refusal('aborted', 'ETAG_MISMATCH'))
const tooManyConflicts = call(
  [5, 6],
  { method: 'setDefault', request: { revision_tag: '1.0.0' } },
  {
    ...refusal('aborted', 'TOO_MANY_CONFLICTS'),
  },
)
const yanked = call(
  [5, 8],
  { method: 'yank', request: { revision_tag: '1.1.0' } },
  answer({ ...revision('1.1.0', false, { state: 'YANKED' }), default_revision_tag: '1.0.0' }),
)
const follows = call(
  [3, 4],
  { method: 'setAlias', request: { alias: 'stable', follows: '^1' } },
  answer({ alias: { alias: 'stable', follows: '^1', revision_tag: '1.0.0' } }),
)

describe('a linearizable history', () => {
  test.for<Case>([
    ['there is no call', []],
    [
      'two concurrent writes have the order that a read shows',
      [
        ...two,
        defaultSet([5, 8], { revision_tag: '1.0.0' }, ofTwo),
        defaultSet([6, 9], { revision_tag: '1.1.0' }, ofTwo),
        got([10, 11], {}, '1.0.0'),
      ],
    ],
    [
      'a call without an outcome was refused',
      [...two, call([5], { method: 'setDefault', request: { revision_tag: '9.9.9' } })],
    ],
    ['every answer is that of the model', [...two, got([5, 6], {}, '1.1.0')]],
    [
      'a read during a write happens before it',
      [...two.slice(0, 1), registered([3, 6], '1.1.0'), got([4, 5], {}, '1.0.0')],
    ],
    [
      'a read during a write happens after it',
      [...two.slice(0, 1), registered([3, 6], '1.1.0'), got([4, 5], {}, '1.1.0')],
    ],
    [
      'one of two compare-and-sets succeeds',
      [...twoWithEtag, setDefault([7, 9], '1.0.0', 'e2'), mismatch([8, 10], { revision_tag: '1.1.0', etag: 'e1' })],
    ],
    [
      'an error over REST has a status instead of a code',
      [
        ...two,
        call(
          [5, 6],
          { method: 'register', request: { revision_tag: '1.0.0', is_default: true } },
          refusal(409, 'REVISION_ALREADY_EXISTS'),
        ),
      ],
    ],
    ['a call without an outcome happened', [registerSent, got([2, 3], {}, '1.0.0')]],
    ['a call without an outcome never happens', [registerSent, missed([2, 3], {}, 'SERVICE_NOT_FOUND')]],
    [
      'a call without an outcome happens late',
      [registerSent, missed([2, 3], {}, 'SERVICE_NOT_FOUND'), got([4, 5], {}, '1.0.0')],
    ],
    ['a call with too many conflicts changes nothing', [...two, tooManyConflicts, got([7, 8], {}, '1.1.0')]],
    ['a list during a yank shows the state before or after it', [...two, yanked, listed([6, 7], '1.1.0*', '1.0.0')]],
  ])('the check accepts a history in which %s', ([, calls]) => {
    expect(checkLinearizable(serviceSpecification, calls)).toMatchObject({ isLinearizable: true })
  })
})

describe('a history that is not linearizable', () => {
  test.for<Case>([
    ['a read is stale', [...two, got([5, 6], {}, '1.0.0')]],
    ['a read is from the future', [got([1, 2], {}, '1.0.0'), registered([3, 4], '1.0.0')]],
    ['an update was lost', [registered([1, 3], '1.0.0'), registered([2, 4], '1.1.0'), listed([5, 6], '1.1.0*')]],
    [
      'two writers both made the first registration of a revision',
      [registered([1, 3], '1.0.0'), registered([2, 4], '1.0.0')].map((each) => ({
        ...each,
        outcome: answer({ ...revision('1.0.0', true), replayed: false }),
      })),
    ],
    [
      'two compare-and-sets with the same etag succeeded',
      [...twoWithEtag, setDefault([7, 9], '1.0.0', 'e2'), setDefault([8, 10], '1.1.0', 'e3')],
    ],
    [
      'a compare-and-set failed although nothing had changed',
      [...twoWithEtag, mismatch([7, 8], { revision_tag: '1.0.0', etag: 'e1' })],
    ],
    [
      'an etag comes back after a change',
      [...twoWithEtag, defaultSet([7, 8], { revision_tag: '1.0.0' }, { ...ofTwo, etag: 'e1' })],
    ],
    [
      'a later read shows an earlier state',
      [...two.slice(0, 1), registered([3, 8], '1.1.0'), got([4, 5], {}, '1.1.0'), got([6, 7], {}, '1.0.0')],
    ],
    [
      'two readers saw two writes in opposite orders',
      [
        ...two,
        defaultSet([5, 30], { revision_tag: '1.0.0' }, ofTwo),
        registered([6, 31], '1.2.0'),
        got([7, 9], {}, '1.2.0'),
        got([11, 13], {}, '1.0.0'),
        got([8, 10], {}, '1.0.0'),
        got([12, 14], {}, '1.2.0'),
      ],
    ],
    ['a list shows two defaults', [...two, yanked, listed([6, 7], '1.1.0*', '1.0.0*')]],
    ['a list shows half of a change', [...two, yanked, listed([6, 7], '1.1.0', '1.0.0*')]],
    ['a list has another order than the registrations', [...two, listed([5, 6], '1.0.0', '1.1.0*')]],
    [
      'an alias is behind the range that it follows',
      [
        registered([1, 2], '1.0.0'),
        follows,
        registered([5, 6], '1.1.0'),
        call([7, 8], { method: 'get', request: { alias: 'stable' } }, answer(revision('1.0.0', false))),
      ],
    ],
    ['a call was refused for no reason', [...two, missed([5, 6], { revision_tag: '1.0.0' }, 'REVISION_NOT_FOUND')]],
    ['a call was refused for a wrong reason', [missed([1, 2], {}, 'REVISION_NOT_FOUND')]],
    [
      'a call was refused with a wrong status',
      [call([1, 2], { method: 'get', request: {} }, refusal(409, 'SERVICE_NOT_FOUND'))],
    ],
    ['a call with too many conflicts changed something', [...two, tooManyConflicts, got([7, 8], {}, '1.0.0')]],
    ['a read shows a call before it was sent', [got([0, 1], {}, '1.0.0'), { ...registerSent, invoked: 2 }]],
    [
      'a call without an outcome happened and was undone',
      [registerSent, got([2, 3], {}, '1.0.0'), missed([4, 5], {}, 'SERVICE_NOT_FOUND')],
    ],
    [
      'a service with a revision was not found',
      [...two, missed([5, 6], { revision_tag: '9.9.9' }, 'SERVICE_NOT_FOUND')],
    ],
    ['a service with a default was answered as having none', [...two, missed([5, 6], {}, 'NO_DEFAULT')]],
  ])('the check refuses a history in which %s', ([, calls]) => {
    expect(checkLinearizable(serviceSpecification, calls)).toMatchObject({ isLinearizable: false })
  })
})

test('the search visits each set of calls at most once in each state', () => {
  const size = 12
  let steps = 0
  const counter: Specification<number, number, boolean> = {
    initial: 0,
    step: (state, amount, outcome) => {
      steps++
      return outcome ? state + amount : undefined
    },
    key: String,
  }
  const ones = Array.from({ length: size }, (_, index): Call<number, boolean> => {
    return { operation: 1, invoked: index, returned: 100 + index, outcome: true }
  })
  const impossible = { operation: 1, invoked: 50, returned: 200, outcome: false }
  const { isLinearizable, order } = checkLinearizable(counter, [...ones, impossible])
  expect([isLinearizable, order.length]).toEqual([false, size])
  // Otherwise the search would try every order of the calls, which are 479,001,600.
  expect(steps).toBeLessThanOrEqual((size + 1) * 2 ** size)
})
