import { describe, expect, test } from 'vitest'
import type { NamedPolicy, PolicyContext } from '../../../src/domain/policies/default-policy.ts'
import { withContention } from './support.ts'

/** A policy that answers when a test says so. */
class SlowPolicy implements NamedPolicy {
  readonly name = 'slow'
  readonly asked: { readonly tag: string; readonly context: PolicyContext; answer(answer: boolean): void }[] = []

  readonly decide: NamedPolicy['decide'] = ({ revisionTag: tag }, context) =>
    new Promise((resolve) => this.asked.push({ tag, context, answer: resolve }))

  async question(index: number) {
    await expect.poll(() => this.asked.length).toBeGreaterThan(index)
    return this.asked[index] as (typeof this.asked)[number]
  }
}

describe('a slow default policy', () => {
  test('other changes of the service do not wait for its answer', () => {
    const policy = new SlowPolicy()
    return withContention(async (registry) => {
      const slow = registry.register('1.0.0')
      await registry.register('0.9.0', { isDefault: false })
      expect(await registry.tags()).toEqual(['0.9.0'])
      ;(await policy.question(0)).answer(true)
      ;(await policy.question(1)).answer(true)
      expect((await slow).revision.isDefault).toBe(true)
    }, policy)
  })

  test('it is asked again only if the facts about the service have changed', () => {
    const policy = new SlowPolicy()
    return withContention(async (registry) => {
      await registry.register('2.0.0', { isDefault: true })
      const slow = registry.register('1.0.0')
      await registry.register('1.9.0', { isDefault: false })
      ;(await policy.question(0)).answer(false)
      await slow
      expect(policy.asked).toHaveLength(1)
      const again = registry.register('1.1.0')
      const { answer } = await policy.question(1)
      await registry.register('2.1.0', { isDefault: true })
      answer(false)
      const { context } = await policy.question(2)
      expect(context).toEqual({ currentDefault: '2.1.0', highestSemver: '2.1.0', highestRelease: '2.1.0' })
      policy.asked[2]?.answer(true)
      expect((await again).revision.isDefault).toBe(true)
    }, policy)
  })

  test('a registration that was late three times holds the others up until it is decided', () => {
    const policy = new SlowPolicy()
    return withContention(async (registry) => {
      const slow = registry.register('1.0.0')
      for (let count = 0; count < 3; count++) {
        const { answer } = await policy.question(count)
        await registry.register(`0.${count}.0`, { isDefault: false })
        answer(true)
      }
      const { answer } = await policy.question(3)
      const other = registry.register('0.9.0', { isDefault: false })
      await new Promise((resolve) => setTimeout(resolve, 60))
      expect(await registry.tags()).not.toContain('0.9.0')
      answer(true)
      await Promise.all([slow, other])
      expect(await registry.tags()).toEqual(['0.0.0', '0.1.0', '0.2.0', '1.0.0', '0.9.0'])
      expect(policy.asked).toHaveLength(4)
    }, policy)
  })

  test('a yank that waits for the policy is overtaken, and then chooses the default on the newest state', () => {
    const policy = new SlowPolicy()
    return withContention(async (registry) => {
      await registry.register('1.0.0', { isDefault: false })
      await registry.register('2.0.0', { isDefault: true })
      const yanked = registry.yank('2.0.0')
      const first = await policy.question(0)
      expect(first.tag).toBe('1.0.0')
      await registry.register('1.1.0', { isDefault: true })
      first.answer(true)
      expect((await yanked).defaultTag).toBe('1.1.0')
      expect(policy.asked).toHaveLength(1)
    }, policy)
  })

  test('a yank that was late, but not overtaken, does not ask again', () => {
    const policy = new SlowPolicy()
    return withContention(async (registry) => {
      await registry.register('1.0.0', { isDefault: false })
      await registry.register('2.0.0', { isDefault: true })
      const yanked = registry.yank('2.0.0')
      const { answer } = await policy.question(0)
      await new Promise((resolve) => setTimeout(resolve, 300))
      answer(true)
      expect((await yanked).defaultTag).toBe('1.0.0')
      expect(policy.asked).toHaveLength(1)
    }, policy)
  })

  test('a policy that answers quickly is asked within the batch, with the facts that the batch leads to', () => {
    const contexts: PolicyContext[] = []
    const decide: NamedPolicy['decide'] = async (_, context) => contexts.push(context) > 0
    return withContention(
      async (registry) => {
        await Promise.all(['1.0.0', '1.1.0', '1.2.0'].map((tag) => registry.register(tag)))
        expect(registry.appends).toEqual([[1, 2, 3]])
        expect(contexts.map(({ currentDefault }) => currentDefault)).toEqual([null, '1.0.0', '1.1.0'])
      },
      { name: 'quick', decide },
    )
  })
})
