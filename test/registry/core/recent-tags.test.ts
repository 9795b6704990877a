import { describe, expect, test } from 'vitest'
import { builtInPolicy, type NamedPolicy, type PolicyContext } from '../../../src/domain/policies/default-policy.ts'
import { parseSruid } from '../../../src/domain/sruid.ts'
import { readRecentTags } from '../../../src/registry/core/recent-tags.ts'
import { testPolicy } from '../../../src/registry/defaults/test-policy.ts'
import { caller } from '../../support/caller.ts'
import { service, withContention } from '../queue/support.ts'

const { signal } = caller

/** A policy that asks for the recent tags, and keeps the facts that it gets. */
class CuriousPolicy implements NamedPolicy {
  readonly name = 'curious'
  readonly context = ['recentTags'] as const
  readonly asked: (readonly [string, PolicyContext['recentTags']])[] = []
  readonly accepts: (tag: string) => boolean

  constructor(accepts: (tag: string) => boolean = () => true) {
    this.accepts = accepts
  }

  readonly decide: NamedPolicy['decide'] = ({ revisionTag }, { recentTags }) => {
    this.asked.push([revisionTag, recentTags])
    return this.accepts(revisionTag)
  }
}

describe('a policy that asks for the recent tags', () => {
  test('it gets the tags of the registrations before, the latest first, without yanked revisions', () => {
    const policy = new CuriousPolicy()
    return withContention(async (registry) => {
      await registry.register('1.0')
      await registry.register('main', { isDefault: false })
      await registry.register('0.9')
      await registry.yank('main')
      await registry.register('1.1')
      expect(policy.asked).toEqual([
        ['1.0', []],
        ['0.9', ['main', '1.0']],
        ['1.1', ['0.9', '1.0']],
      ])
    }, policy)
  })

  test('it gets the tags of all registrations that were requested at the same time and decided before', () => {
    const policy = new CuriousPolicy()
    return withContention(async (registry) => {
      await Promise.all(['1.0', '1.1', '1.2', '1.3'].map((tag) => registry.register(tag)))
      expect(policy.asked.at(-1)).toEqual(['1.3', ['1.2', '1.1', '1.0']])
    }, policy)
  })

  test('a test of the policy answers with the tags, and a registered revision is one of them', () => {
    const policy = new CuriousPolicy()
    return withContention(async (registry) => {
      const test = (tag: string) => testPolicy(registry.deps, parseSruid(`my-org/my-service:${tag}`), caller)
      expect((await test('1.0')).context).toMatchObject({ recentTags: [] })
      await registry.register('1.0')
      expect((await test('1.0')).context).toMatchObject({ recentTags: ['1.0'] })
    }, policy)
  })

  test('after a yank it gets the tags of the revisions that may be chosen, at first without those that were held back', () => {
    const policy = new CuriousPolicy((tag) => tag === 'held')
    return withContention(async (registry) => {
      await registry.register('1.0', { isDefault: true })
      await registry.register('held', { isDefault: false })
      await registry.register('0.9')
      policy.asked.length = 0
      await registry.yank('1.0')
      expect(policy.asked).toEqual([
        ['0.9', ['0.9']],
        ['held', ['held']],
      ])
    }, policy)
  })
})

describe('the recent tags', () => {
  test('at most 1,000 tags are read, the latest registrations that are not yanked, as of a generation', () =>
    withContention(async (registry) => {
      const tags = Array.from({ length: 1_003 }, (_, index) => `tag-${index}`)
      for (const some of [tags.slice(0, 600), tags.slice(600)])
        await Promise.all(some.map((tag) => registry.register(tag)))
      await registry.yank('tag-1002')
      const found = await readRecentTags(registry.store, service, { generation: 1_004, signal })
      expect(found).toEqual(tags.slice(2, 1_002).reverse())
      const earlier = await readRecentTags(registry.store, service, { generation: 3, signal })
      expect(earlier).toEqual(['tag-2', 'tag-1', 'tag-0'])
    }))

  test('a policy that does not ask for them does not make a registration read the store', () =>
    withContention(async (registry) => {
      let scans = 0
      const readRevisions = registry.store.readRevisions.bind(registry.store)
      registry.store.readRevisions = (...args) => {
        scans++
        return readRevisions(...args)
      }
      await registry.register('1.0.0')
      await registry.register('1.1.0')
      expect(scans).toBe(0)
    }))
})

describe('latest-pep440', () => {
  const policy = builtInPolicy('latest-pep440')

  test('the default follows the order by PEP 440, whatever the order of the registrations', () =>
    withContention(async (registry) => {
      const defaults = []
      for (const tag of ['0.1.0rc1', 'main', '0.1', '0.1.0rc2', '0.1-1', '0.1.0', 'v0.2.0.dev1', '0.10', '0.9'])
        defaults.push((await registry.register(tag)).revision.isDefault)
      expect(defaults).toEqual([true, false, true, false, true, false, true, true, false])
    }, policy))

  test.for([
    ['0.1.0rc1', ['0.1.0rc1', '0.1.0b2', '1-x', 'main'], 'a tag that is no semantic version'],
    ['1.10', ['1.9.0', '1.10', '1.2', '1.9.9'], 'a tag above all semantic versions'],
    ['1.9.0-1', ['1.9.0', '1.9.0-1', '1.8.0'], 'a post-release, which is a pre-release by semantic versioning'],
    ['v1.0', ['1.0.0', '1', 'v1.0'], 'the latest of equal versions'],
    [null, ['main', 'my-branch'], 'none, because no tag is a version'],
  ] as const)('after a yank of the default, latest-pep440 chooses %s among %j: %s', ([expected, tags]) =>
    withContention(async (registry) => {
      for (const tag of tags) await registry.register(tag)
      await registry.register('2.0.0', { isDefault: true })
      expect((await registry.yank('2.0.0')).defaultTag).toBe(expected)
    }, policy),
  )
})
