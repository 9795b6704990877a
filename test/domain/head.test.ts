import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Alias, AliasName } from '../../src/domain/alias.ts'
import {
  type DefaultRule,
  emptyHead,
  type FullHead,
  findAlias,
  isHighest,
  isSameButForCount,
  rangeOf,
  withAlias,
  withChoices,
  withDefault,
  withNewest,
  withoutAlias,
} from '../../src/domain/head.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { compareRevisionTags, isRelease, isSemver } from '../../src/domain/versions/revision-order.ts'
import { revisionTag, semanticVersion } from '../support/arbitraries.ts'

const tagOf = (text: string) => text as RevisionTag

function alias(name: string, tag: string | null, range?: string, includePrerelease = false): Alias {
  const follows = range === undefined ? null : { range, includePrerelease }
  return { name: name as AliasName, tag: tag === null ? null : tagOf(tag), follows, etag: 'old', isImported: false }
}

const register = (head: FullHead, ...tags: readonly string[]) =>
  tags.reduce((each, tag) => withNewest(each, tagOf(tag), 'new'), head)
const namesOf = ({ aliases }: FullHead) => aliases.map(({ name }) => name)
const targetsOf = ({ aliases }: FullHead) => Object.fromEntries(aliases.map(({ name, tag }) => [name, tag]))

describe('the head after a new revision', () => {
  test('the head after registrations has the highest of all versions and the highest of all releases', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(semanticVersion, revisionTag), { maxLength: 8 }), (tags) => {
        const { highestSemver, highestRelease } = register(emptyHead, ...tags)
        // Among equal versions the last one counts. A stable sort leaves it at the end.
        const highest = (of: (tag: RevisionTag) => boolean) =>
          tags.map(tagOf).filter(of).toSorted(compareRevisionTags).at(-1) ?? null
        expect(highestSemver).toBe(highest(isSemver))
        expect(highestRelease).toBe(highest(isRelease))
      }),
      { numRuns: 2_000 },
    )
  })

  test.for([
    [alias('a', '1.0.0', '^1'), '1.0.1', '1.0.1', 'it is higher'],
    [alias('a', null, '^1'), '1.0.0', '1.0.0', 'it is the first of the range'],
    [alias('a', '1.0.0', '^1'), 'v1.0.0', 'v1.0.0', 'ties go to the newcomer'],
    [alias('a', '2.0.0-rc.1', '>=2.0.0-0'), '2.0.0', '2.0.0', 'a release is above its pre-release'],
    [alias('a', '1.0.0', '>=1', true), '2.0.0-rc.1', '2.0.0-rc.1', 'pre-releases are wanted'],
    [alias('a', '1.0.1', '^1'), '1.0.0', '1.0.1', 'it is lower'],
    [alias('a', '1.0.0', '^1'), '2.0.0', '1.0.0', 'it is outside of the range'],
    [alias('a', '1.0.0', '>=1'), '2.0.0-rc.1', '1.0.0', 'the range names no such pre-release'],
    [alias('a', '1.0.0', '*', true), 'main', '1.0.0', 'it is no version'],
    [alias('a', null, '*', true), 'main', null, 'it is no version, and there is none yet'],
    [alias('a', '1.0.0'), '1.0.1', '1.0.0', 'the alias is fixed'],
  ] as const)('the alias %j after the registration of %s points to %s, because %s', ([before, tag, expected]) => {
    const head = withAlias(emptyHead, before)
    const after = register(head, tag)
    expect(after.aliases).toEqual([{ ...before, tag: expected, etag: expected === before.tag ? 'old' : 'new' }])
    // If no alias moves, the list stays the same object, and the etag of the head depends on that.
    expect(after.aliases === head.aliases).toBe(expected === before.tag)
  })

  test('adding a revision to a head leaves its default, its revision count and its etag alone', () => {
    const head = { ...withDefault(emptyHead, tagOf('1.0.0'), null), revisionCount: 7, etag: 'e' }
    expect(register(head, '2.0.0')).toMatchObject({ defaultTag: '1.0.0', revisionCount: 7, etag: 'e' })
  })
})

describe('the aliases of a head', () => {
  test('the aliases of a head are ordered by name, and each name occurs once', () => {
    const names = fc.array(fc.stringMatching(/^[a-c0-2]{1,3}$/), { maxLength: 12 })
    fc.assert(
      fc.property(names, (given) => {
        const head = given.reduce((each, name, index) => withAlias(each, alias(name, `${index}.0.0`)), emptyHead)
        expect(namesOf(head)).toEqual([...new Set(given)].sort())
        for (const name of given) expect(findAlias(head, name as AliasName)?.tag).toBe(`${given.lastIndexOf(name)}.0.0`)
      }),
    )
  })

  test('removing an alias from a head removes that one only, and removing an unknown alias changes nothing', () => {
    const head = withAlias(withAlias(emptyHead, alias('beta', null)), alias('alpha', null))
    expect(namesOf(withoutAlias(head, 'beta' as AliasName))).toEqual(['alpha'])
    expect(namesOf(withoutAlias(head, 'gamma' as AliasName))).toEqual(['alpha', 'beta'])
    expect(findAlias(head, 'gamma' as AliasName)).toBeUndefined()
  })

  test('an alias has the range that it follows, and a fixed alias has no range', () => {
    expect(rangeOf(alias('a', null))).toBeUndefined()
    expect(rangeOf(alias('a', null, '^1'))?.includes(tagOf('1.2.0-rc.1'))).toBe(false)
    expect(rangeOf(alias('a', null, '^1', true))?.includes(tagOf('1.2.0-rc.1'))).toBe(true)
  })
})

describe('the head after new choices', () => {
  const head = ['a', 'b', 'c'].reduce((each, name) => withAlias(each, alias(name, '1.0.0')), emptyHead)
  const chosen = { highestSemver: tagOf('3.0.0-rc.1'), highestRelease: null }

  test('new choices set the highest versions and move the named aliases, even to no revision', () => {
    const aliasTargets = new Map([
      ['a' as AliasName, tagOf('2.0.0')],
      ['b' as AliasName, null],
    ])
    const after = withChoices(head, { ...chosen, aliasTargets }, 'new')
    expect(after).toMatchObject(chosen)
    expect(targetsOf(after)).toEqual({ a: '2.0.0', b: null, c: '1.0.0' })
    expect(after.aliases.map(({ etag }) => etag)).toEqual(['new', 'new', 'old'])
  })

  test('new choices that move no alias leave the list of aliases as it is', () => {
    const aliasTargets = new Map([['a' as AliasName, tagOf('1.0.0')]])
    expect(withChoices(head, { ...chosen, aliasTargets }, 'new').aliases).toBe(head.aliases)
  })
})

describe('two heads', () => {
  const rule: DefaultRule = { by: 'hand', policy: null, reason: '', actor: 'a', time: 1 }
  const head = withAlias(withDefault(register(emptyHead, '1.0.0'), tagOf('1.0.0'), rule), alias('a', '1.0.0'))

  test('two heads count as the same if only their revision count and etag differ', () => {
    expect(isSameButForCount(head, { ...head, revisionCount: 9, etag: 'other' })).toBe(true)
  })

  test.for([
    ['the default', withDefault(head, null, rule)],
    ['the rule that chose the default', withDefault(head, head.defaultTag, { ...rule })],
    ['the highest version', { ...head, highestSemver: tagOf('2.0.0-rc.1') }],
    ['the highest release', { ...head, highestRelease: null }],
    ['an alias', withAlias(head, alias('a', '2.0.0'))],
    ['the number of aliases', withoutAlias(head, 'a' as AliasName)],
  ] as const)('two heads count as different if they differ in %s', ([, other]) => {
    expect(isSameButForCount(head, other)).toBe(false)
  })
})

describe('isHighest', () => {
  test.for([
    ['1.0.0', null, true, 'there is none yet'],
    ['1.0.0', '1.0.0', true, 'ties go to the newcomer'],
    ['v1.0.0', '1.0.0', true, 'ties go to the newcomer'],
    ['1.0.1', '1.0.0', true, 'it is higher'],
    ['1.0.0-rc.1', '1.0.0', false, 'a pre-release is below its release'],
    ['0.9.9', '1.0.0', false, 'it is lower'],
  ] as const)('isHighest of %s beside %s is %s, because %s', ([newcomer, current, expected]) => {
    expect(isHighest(tagOf(newcomer), current === null ? null : tagOf(current))).toBe(expected)
  })
})
