import { expect, test } from 'vitest'
import { checkLinearizable } from './check.ts'
import { got, listed, registered } from './hand-written.ts'
import { describeFailure, reduce } from './report.ts'
import { serviceSpecification } from './specification.ts'

const stale = [
  registered([1, 2], '1.0.0'),
  got([3, 4], {}, '1.0.0'),
  registered([5, 6], '1.1.0'),
  listed([7, 8], '1.1.0*', '1.0.0'),
  got([9, 11], {}, '1.0.0'),
  got([10, 12], {}, '1.1.0'),
  registered([13, 14], '1.2.0'),
]

test('the smallest history ends with the first unexplained answer and contains no unnecessary read', () => {
  expect(reduce(stale)).toEqual([stale[0], stale[2], stale[4]])
})

test('the smallest history also has no order that explains it', () => {
  expect(checkLinearizable(serviceSpecification, reduce(stale)).isLinearizable).toBe(false)
})

test('a report of a failure has the calls, the state that they lead to, and the call that does not fit', () => {
  expect(describeFailure(stale).split('\n')).toEqual([
    'No order explains these 3 of 7 calls (number, sent at – answered at, by whom):',
    '1.    1 – 2    by hand        register {"revision_tag":"1.0.0"} → {"revision":{"revision_tag":"1.0.0","is_default":true}}',
    '2.    5 – 6    by hand        register {"revision_tag":"1.1.0"} → {"revision":{"revision_tag":"1.1.0","is_default":true}}',
    '3.    9 – 11   by hand        get {} → {"revision":{"revision_tag":"1.0.0","is_default":true}}',
    'The longest order that keeps to the model is 1, 2. Then the service has the revisions [1.0.0, 1.1.0], the default 1.1.0 and the aliases [],',
    'and this does not fit: 3',
  ])
})
