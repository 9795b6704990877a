import { describe, expect, test } from 'vitest'
import { RegistryError } from '../../../src/domain/errors.ts'
import { cancellable, service, withContention } from './support.ts'

const outage = new RegistryError({ reason: 'STORE_UNAVAILABLE', message: 'the store cannot be reached.' })
const versions = (count: number) => Array.from({ length: count }, (_, index) => `1.${index}.0`)

describe('changes of one service that wait together', () => {
  test('50 concurrent registrations are appended together, in the order in which they came', () =>
    withContention(async (registry) => {
      const answers = await Promise.all(versions(50).map((tag) => registry.register(tag)))
      expect(registry.appends.length).toBeLessThanOrEqual(3)
      expect(await registry.tags()).toEqual(versions(50))
      expect(answers.map(({ revision }) => revision.isDefault)).toEqual(Array(50).fill(true))
    }))

  test('a batch has at most 100 entries', () =>
    withContention(async (registry) => {
      await Promise.all(versions(150).map((tag) => registry.register(tag)))
      expect(registry.appends.map(({ length }) => length)).toEqual([100, 50])
    }))

  test('a batch has at most 2 MiB', () =>
    withContention(async (registry) => {
      await Promise.all(versions(12).map((tag) => registry.register(tag)))
      registry.appends.length = 0
      const large = 'x'.repeat(300_000)
      await Promise.all(versions(12).map((tag) => registry.update(tag, large)))
      expect(registry.appends.length).toBeGreaterThan(1)
      expect(Math.max(...registry.appends.map(({ length }) => length))).toBeLessThanOrEqual(6)
      expect((await registry.log()).length).toBe(24)
    }))

  test('services do not wait for each other, and a service without changes has no queue', () =>
    withContention(async (registry) => {
      const blocked = Promise.withResolvers<undefined>()
      registry.beforeAppend = async ([entry]) => (entry?.service.name === 'my-service' ? blocked.promise : undefined)
      const waiting = registry.register('1.0.0')
      await registry.registerAt('my-org/other:1.0.0')
      await expect.poll(() => registry.deps.changes.size).toBe(1)
      blocked.resolve(undefined)
      await waiting
      await expect.poll(() => registry.deps.changes.size).toBe(0)
    }))

  test('each change sees the changes before it in its batch', () =>
    withContention(async (registry) => {
      await registry.register('1.0.0')
      registry.appends.length = 0
      const results = await Promise.allSettled([
        registry.register('2.0.0'),
        registry.update('2.0.0', 'the second'),
        registry.setDefault('1.0.0'),
        registry.setDefault('3.0.0'),
        registry.clearDefault(),
        registry.register('2.0.0'),
        registry.register('2.0.0', { isDefault: true }),
      ])
      expect(results.map((result) => ('value' in result ? 'done' : result.reason.reason))).toEqual([
        ...['done', 'done', 'done', 'TARGET_NOT_FOUND', 'done', 'done', 'REVISION_ALREADY_EXISTS'],
      ])
      expect(registry.appends).toEqual([[2, 3, 4, 5]])
      expect(results[5]).toMatchObject({ value: { replayed: true, revision: { info: { description: 'the second' } } } })
      expect((await registry.store.readHead(service))?.head).toMatchObject({
        defaultTag: null,
        revisionCount: 2,
      })
    }))

  test('a change whose etag an earlier change of the batch has replaced is refused', () =>
    withContention(async (registry) => {
      const { revision } = await registry.register('1.0.0')
      const asked = { etag: revision.etag }
      const results = await Promise.allSettled([
        registry.update('1.0.0', 'first', asked),
        registry.update('1.0.0', 'second', asked),
      ])
      expect(results).toMatchObject([{ status: 'fulfilled' }, { reason: { reason: 'ETAG_MISMATCH' } }])
    }))

  test('a change that is only validated, or that changes nothing, leaves no entry in the batch', () =>
    withContention(async (registry) => {
      await registry.register('1.0.0')
      registry.appends.length = 0
      const [, validated, again, second] = await Promise.all([
        registry.update('1.0.0', 'new'),
        registry.register('1.1.0', { validateOnly: true }),
        registry.update('1.0.0', 'new'),
        registry.register('1.1.0'),
      ])
      expect(registry.appends).toEqual([[2, 3]])
      expect(validated.replayed || second.replayed).toBe(false)
      expect(again.info.description).toBe('new')
    }))

  test('a change that reads the store is the first of its batch, and sees the changes that came before it', () =>
    withContention(async (registry) => {
      await registry.register('1.0.0')
      registry.appends.length = 0
      const [, , alias] = await Promise.all([
        registry.register('1.1.0'),
        registry.register('1.2.0'),
        registry.setAliasToRange('stable', '^1'),
        registry.register('1.3.0'),
        registry.yank('1.3.0'),
        registry.unyank('1.3.0'),
        registry.register('1.4.0'),
      ])
      expect(alias.tag).toBe('1.2.0')
      expect(registry.appends).toEqual([[2, 3], [4, 5], [6], [7, 8]])
      const last = (await registry.log()).at(-1)
      expect(last?.head).toMatchObject({ defaultTag: '1.4.0', highestSemver: '1.4.0', aliases: [{ tag: '1.4.0' }] })
    }))

  test('nothing is answered before the entries that it rests on are stored', () =>
    withContention(async (registry) => {
      const blocked = Promise.withResolvers<undefined>()
      registry.beforeAppend = () => blocked.promise
      const settled: string[] = []
      const note = (name: string) => () => void settled.push(name)
      const changes = [
        registry.register('1.0.0', { validateOnly: true }).then(note('rests on nothing')),
        registry.register('1.0.0').then(note('stored')),
        registry.register('1.0.0').then(note('replay')),
        registry.register('1.0.0', { isDefault: true }).catch(note('refusal')),
        registry.register('2.0.0', { validateOnly: true }).then(note('validated')),
      ]
      await expect.poll(() => registry.appends).toEqual([[1]])
      expect(settled).toEqual(['rests on nothing'])
      blocked.resolve(undefined)
      await Promise.all(changes)
      expect(settled).toEqual(['rests on nothing', 'stored', 'replay', 'refusal', 'validated'])
    }))

  test('if another process takes a generation in the middle, the changes from there on are decided anew', () =>
    withContention(async (registry) => {
      let isFirst = true
      registry.beforeAppend = async (entries) => {
        if (!isFirst) return undefined
        isFirst = false
        await registry.store.appendAll(entries.slice(0, 2))
        await registry.registerElsewhere('1.3.0')
        return registry.store.appendAll(entries)
      }
      const results = await Promise.allSettled(versions(5).map((tag) => registry.register(tag)))
      expect(await registry.tags()).toEqual(['1.0.0', '1.1.0', '1.3.0', '1.2.0', '1.4.0'])
      expect(results.map((result) => ('value' in result ? 'done' : result.reason.reason))).toEqual([
        ...['done', 'done', 'done', 'REVISION_ALREADY_EXISTS', 'done'],
      ])
    }))

  test('if an append fails, the changes with an entry in it are rejected, and the others are decided anew', () =>
    withContention(async (registry) => {
      registry.beforeAppend = async (entries) => {
        registry.beforeAppend = async () => undefined
        await registry.store.appendAll(entries.slice(0, 1))
        throw outage
      }
      const results = await Promise.allSettled([
        registry.register('1.0.0'),
        registry.register('1.1.0'),
        registry.register('1.0.0'),
        registry.setDefault('1.1.0'),
        registry.register('1.1.0', { validateOnly: true }),
      ])
      expect(results).toMatchObject([
        { reason: { reason: 'STORE_UNAVAILABLE' } },
        { reason: { reason: 'STORE_UNAVAILABLE' } },
        { value: { replayed: true } },
        { reason: { reason: 'STORE_UNAVAILABLE' } },
        { value: { replayed: false } },
      ])
      expect(await registry.tags()).toEqual(['1.0.0'])
    }))
})

describe('request ids in one batch', () => {
  test('a repeated request gets the answer of the first, and nothing else is stored', () =>
    withContention(async (registry) => {
      const asked = { requestId: 'a', content: 'same' }
      const answers = await Promise.all([
        registry.register('1.0.0', asked),
        registry.register('2.0.0'),
        registry.register('1.0.0', asked),
      ])
      expect(answers[2]).toEqual(answers[0])
      expect(await registry.tags()).toEqual(['1.0.0', '2.0.0'])
    }))

  test('an id that an earlier request of the batch has with other content is refused, once that one is stored', () =>
    withContention(async (registry) => {
      const results = await Promise.allSettled([
        registry.register('1.0.0', { requestId: 'a', content: 'one' }),
        registry.register('1.1.0', { requestId: 'a', content: 'other' }),
      ])
      expect(results).toMatchObject([{ status: 'fulfilled' }, { reason: { reason: 'REQUEST_ID_REUSED' } }])
    }))

  test('an id whose first request was refused belongs to the next request', () =>
    withContention(async (registry) => {
      const results = await Promise.allSettled([
        registry.setDefault('1.0.0', { requestId: 'a', content: 'one' }),
        registry.register('1.1.0', { requestId: 'a', content: 'other' }),
      ])
      expect(results).toMatchObject([{ reason: { reason: 'TARGET_NOT_FOUND' } }, { status: 'fulfilled' }])
    }))
})

describe('a cancelled change', () => {
  test('a change that is cancelled while it waits is not stored', () =>
    withContention(async (registry) => {
      const { caller, cancel } = cancellable()
      const results = Promise.allSettled([
        registry.register('1.0.0'),
        registry.register('1.1.0', { caller }),
        registry.register('1.2.0'),
      ])
      cancel()
      expect(await results).toMatchObject([
        { status: 'fulfilled' },
        { reason: { message: 'canceled' } },
        { status: 'fulfilled' },
      ])
      expect(await registry.tags()).toEqual(['1.0.0', '1.2.0'])
    }))

  test('a change that is cancelled after its entry was sent gets the outcome of the append', () =>
    withContention(async (registry) => {
      const { caller, cancel } = cancellable()
      registry.beforeAppend = async () => {
        cancel()
        return undefined
      }
      expect((await registry.register('1.0.0', { caller })).replayed).toBe(false)
      expect(await registry.tags()).toEqual(['1.0.0'])
    }))

  test('a change that is cancelled while a later one is decided is not sent, and the later one is decided again', () => {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<boolean>()
    const decide = () => {
      asked.resolve()
      return answer.promise
    }
    return withContention(
      async (registry) => {
        const { caller, cancel } = cancellable()
        const results = Promise.allSettled([
          registry.register('1.0.0', { caller, isDefault: true }),
          registry.register('1.1.0'),
        ])
        await asked.promise
        cancel()
        answer.resolve(false)
        expect(await results).toMatchObject([{ reason: { message: 'canceled' } }, { value: { replayed: false } }])
        expect(await registry.tags()).toEqual(['1.1.0'])
      },
      { name: 'slow', decide },
    )
  })
})

describe('the reads of a batch', () => {
  test('reads that saw different generations are brought to the newest of them', () =>
    withContention(async (registry) => {
      await registry.register('1.0.0')
      registry.appends.length = 0
      // This read is from after a change by another process, and the others are from before it.
      registry.beforeLookup = async (tag) => (tag === '1.2.0' ? registry.registerElsewhere('1.5.0') : undefined)
      await Promise.all([
        ...['1.1.0', '1.2.0', '1.3.0'].map((tag) => registry.register(tag)),
        registry.clearDefault(),
        registry.update('1.0.0', 'new'),
      ])
      expect(registry.appends).toEqual([[3, 4, 5, 6, 7]])
      expect(await registry.tags()).toEqual(['1.0.0', '1.5.0', '1.1.0', '1.2.0', '1.3.0', '', '1.0.0'])
    }))

  test('a read that fails on an entry that one change needs does not disturb the others', () =>
    withContention(async (registry) => {
      const damage = new RegistryError({ reason: 'DAMAGED_ENTRY', message: 'an entry is damaged.' })
      registry.beforeLookup = async (tag) => {
        if (tag === '1.1.0') throw damage
      }
      const results = await Promise.allSettled(versions(3).map((tag) => registry.register(tag)))
      expect(results).toMatchObject([{ status: 'fulfilled' }, { reason: damage }, { status: 'fulfilled' }])
    }))

  test('if no read succeeds, every change of the batch is rejected, and later ones succeed', () =>
    withContention(async (registry) => {
      registry.beforeLookup = async () => {
        throw outage
      }
      const results = await Promise.allSettled(versions(3).map((tag) => registry.register(tag)))
      expect(results).toMatchObject(Array(3).fill({ reason: outage }))
      registry.beforeLookup = async () => {}
      await registry.register('1.0.0')
      expect(await registry.tags()).toEqual(['1.0.0'])
    }))
})
