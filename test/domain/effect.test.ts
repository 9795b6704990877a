import { expect, test } from 'vitest'
import type { Alias, AliasName } from '../../src/domain/alias.ts'
import { effectOf, type ServiceChoices } from '../../src/domain/effect.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { withHeld } from '../../src/domain/rollout/change-rollout.ts'
import type { Rollout } from '../../src/domain/rollout/rollout.ts'
import { rolloutOf } from '../support/rollouts.ts'

const tagOf = (text: string) => text as RevisionTag

function choices(defaultTag: string | null, rollout: Rollout | null = null, aliases: readonly Alias[] = []) {
  return { defaultTag: defaultTag as RevisionTag | null, rollout, aliases } satisfies ServiceChoices
}

function alias(name: string, tag: string | null): Alias {
  return { name: name as AliasName, tag: tag as RevisionTag | null, follows: null, etag: '', isImported: false }
}

const a10 = rolloutOf([{ tag: 'a', weight: 10_000 }])
const ab = rolloutOf([
  { tag: 'a', weight: 10_000 },
  { tag: 'b', weight: 20_000 },
])

const bHeld = withHeld(ab, tagOf('b'), true)
const otherSalt = rolloutOf([{ tag: 'b', weight: 50_000 }], null, 's2')

test.for([
  ['nothing changes', choices('x'), choices('x'), 0],
  ['only the reason of the rollout changes', choices('x', a10), choices('x', { ...a10, reason: 'other words' }), 0],
  ['there is a first default', choices(null), choices('x'), 100_000],
  ['the default moves', choices('x'), choices('y'), 100_000],
  ['the default moves while a rollout runs', choices('x', a10), choices('y', a10), 90_000],
  ['a rollout starts', choices('x'), choices('x', a10), 10_000],
  ['a rollout ends', choices('x', a10), choices('x'), 10_000],
  ['the candidate becomes the default', choices('x', a10), choices('a'), 90_000],
  ['a weight grows', choices('x', a10), choices('x', rolloutOf([{ tag: 'a', weight: 50_000 }], a10)), 40_000],
  ['a candidate is held', choices('x', ab), choices('x', bHeld), 20_000],
  ['a candidate of a service without a default is held', choices(null, ab), choices(null, bHeld), 20_000],
  ['one becomes the default', choices('x', ab), choices('b', rolloutOf([{ tag: 'a', weight: 10_000 }], ab)), 70_000],
  ['one leaves and one shrinks', choices('x', ab), choices('x', rolloutOf([{ tag: 'b', weight: 10_000 }], ab)), 20_000],
  // 1 - (0.1 × 0.1 + 0.2 × 0.2 + 0.7 × 0.7) = 0.46
  ['the salt changes', choices('x', ab), choices('x', { ...ab, salt: 's2' }), 46_000],
  // 1 - (0.1 × 0 + 0.9 × 0.5) = 0.55
  ['the salt and the candidate change', choices('x', a10), choices('x', otherSalt), 55_000],
] as const)('the effect tells how many callers move if %s', ([, before, after, moved]) => {
  expect(effectOf(before, after).moved).toBe(moved)
})

test('the effect names the default before and after, and null for no default', () => {
  expect(effectOf(choices('x'), choices('y')).defaultMove).toEqual({ before: 'x', after: 'y' })
  expect(effectOf(choices('x'), choices(null)).defaultMove).toEqual({ before: 'x', after: null })
  expect(effectOf(choices('x', a10), choices('x')).defaultMove).toBeNull()
})

test('the effect names each alias whose revision changes, in the order of their names', () => {
  const before = [alias('a', '1'), alias('c', '1'), alias('d', '1'), alias('e', null), alias('f', '1')]
  const after = [alias('a', '2'), alias('b', '1'), alias('d', '1'), alias('e', '3'), alias('g', null)]
  expect(effectOf(choices('x', null, before), choices('x', null, after)).aliasMoves).toEqual([
    { alias: 'a', before: '1', after: '2' },
    { alias: 'b', before: null, after: '1' },
    { alias: 'c', before: '1', after: null },
    { alias: 'e', before: null, after: '3' },
    { alias: 'f', before: '1', after: null },
  ])
})

test('the effect has the warnings that it is given', () => {
  expect(effectOf(choices('x'), choices('x')).warnings).toEqual([])
  expect(effectOf(choices('x'), choices('x'), ['x is deprecated.']).warnings).toEqual(['x is deprecated.'])
})
