import { describe, expect, test } from 'vitest'
import { anyLabels } from '../../../src/domain/labels/label-selector.ts'
import type { NamedPolicy } from '../../../src/domain/policies/default-policy.ts'
import { parseRevisionTag } from '../../../src/domain/revision-tag.ts'
import { parseTargetingKey } from '../../../src/domain/rollout/targeting-key.ts'
import type { Caller } from '../../../src/registry/core/caller.ts'
import { getRevision } from '../../../src/registry/revisions/get-revision.ts'
import { endRollout } from '../../../src/registry/rollouts/end-rollout.ts'
import { setRollout } from '../../../src/registry/rollouts/set-rollout.ts'
import { caller } from '../../support/caller.ts'
import { knownCaller } from '../../support/known-caller.ts'
import { ContendedRegistry, service, withContention } from '../queue/support.ts'

const command = { service, reason: '', etag: '', request: null, validateOnly: false }

function setting({ deps }: ContendedRegistry, weights: Readonly<Record<string, number>>, by: Caller = caller) {
  const candidates = Object.entries(weights).map(([tag, weight]) => ({
    ...{ tag: parseRevisionTag(tag), weight, pinnedKeys: [] },
  }))
  return setRollout(deps, { ...command, candidates, salt: 's1', reason: 'try it' }, by)
}

async function explain({ deps }: ContendedRegistry, key: string, by: Caller) {
  const targetingKey = parseTargetingKey(key)
  const asked = { labels: anyLabels, targetingKey, at: null, explain: true }
  const { explanation } = await getRevision(deps, { service, selector: { by: 'default' }, ...asked }, by)
  return explanation?.description
}

async function prepare(registry: ContendedRegistry): Promise<void> {
  await registry.register('1.0.0')
  for (const tag of ['2.0.0', '3.0.0']) await registry.register(tag, { isDefault: false })
}

const rolloutOf = async ({ store }: ContendedRegistry) => (await store.readHead(service))?.head.rollout ?? null

describe('a rollout', () => {
  test('the default policy is not asked about a registration while a rollout runs, and before and after it is', () => {
    const asked: string[] = []
    const decide = ({ revisionTag }: { readonly revisionTag: string }) => {
      asked.push(revisionTag)
      return true
    }
    const policy: NamedPolicy = { name: 'all', decide }
    return withContention(async (registry) => {
      await prepare(registry)
      await setting(registry, { '2.0.0': 10_000 })
      const held = await registry.register('4.0.0')
      expect(held.revision).toMatchObject({ isDefault: false, isHeldByRollout: true })
      await endRollout(registry.deps, { ...command, promote: null }, caller)
      await registry.register('5.0.0')
      expect(asked).toEqual(['1.0.0', '5.0.0'])
    }, policy)
  })

  test('the default policy is asked about the next default after a yank while a rollout runs', () => {
    const asked: string[] = []
    const decide = ({ revisionTag }: { readonly revisionTag: string }) => {
      asked.push(revisionTag)
      return true
    }
    return withContention(
      async (registry) => {
        await prepare(registry)
        await setting(registry, { '3.0.0': 10_000 })
        asked.length = 0
        await registry.yank('1.0.0')
        expect(asked).toEqual(['2.0.0'])
      },
      { name: 'all', decide },
    )
  })

  test('an explanation names who last set the rollout, and not who yanked a candidate since', () =>
    withContention(async (registry) => {
      await prepare(registry)
      await setting(registry, { '2.0.0': 10_000, '3.0.0': 10_000 }, knownCaller({ name: 'ann' }))
      const { setAt, updateTime } = (await rolloutOf(registry)) ?? {}
      await registry.yank('3.0.0')
      expect(await rolloutOf(registry)).toMatchObject({ setAt, updateTime })
      expect(await explain(registry, 'user-42', caller)).toMatch(/ The rollout was set by ann: try it\.$/)
      await setting(registry, { '2.0.0': 20_000 }, knownCaller({ name: 'ben' }))
      expect(await explain(registry, 'user-42', caller)).toMatch(/ The rollout was set by ben: try it\.$/)
      const reader = knownCaller({ name: 'a reader', seesActors: false })
      expect(await explain(registry, 'user-42', reader)).toMatch(/to my-org\/my-service:2\.0\.0\.$/)
    }))

  test('of a rollout and a yank of its candidate at the same time, the candidate is refused or held', () =>
    withContention(async (registry) => {
      await prepare(registry)
      const other = new ContendedRegistry(registry.store)
      for (let count = 0; count < 5; count++) {
        const both = [setting(registry, { '2.0.0': 10_000 + count }), other.yank('2.0.0')]
        const [set] = await Promise.allSettled(count % 2 === 0 ? both : both.reverse())
        if (set?.status === 'rejected') expect(set.reason).toMatchObject({ reason: 'TARGET_YANKED' })
        const rollout = await rolloutOf(registry)
        expect(rollout?.candidates.every(({ isHeld }) => isHeld) ?? true).toBe(true)
        await other.unyank('2.0.0')
      }
    }))

  test('changes that wait together see the rollout of each other', () =>
    withContention(async (registry) => {
      await prepare(registry)
      const results = await Promise.all([
        setting(registry, { '2.0.0': 10_000 }),
        registry.register('4.0.0'),
        registry.setDefault('2.0.0'),
        registry.register('5.0.0'),
      ])
      expect(results).toMatchObject([
        { effect: { moved: 10_000 } },
        { revision: { isDefault: false, isHeldByRollout: true } },
        { head: { defaultTag: '2.0.0', rollout: null }, effect: { moved: 90_000 } },
        { revision: { isDefault: true } },
      ])
    }))

  test('a change that is sent twice in one batch gets the same effect twice', () =>
    withContention(async (registry) => {
      await prepare(registry)
      const asked = { requestId: 'once' }
      const [, first, second] = await Promise.all([
        registry.register('4.0.0', { isDefault: false }),
        registry.setDefault('3.0.0', asked),
        registry.setDefault('3.0.0', asked),
      ])
      expect(first?.effect).toMatchObject({ defaultMove: { before: '1.0.0', after: '3.0.0' }, moved: 100_000 })
      expect(second).toEqual(first)
      await registry.setDefault('1.0.0')
      expect(await registry.setDefault('3.0.0', asked)).toEqual(first)
    }))
})
