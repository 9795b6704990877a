import { describe, expect, test } from 'vitest'
import type { Alias } from '../../../src/domain/alias.ts'
import { revertEntry } from '../../../src/domain/entries/new-entry.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { service, writer } from '../../../src/store/contract/support.ts'

const log = new Log()
  .register('1.0.0')
  .register('2.0.0', { becomesDefault: false })
  .setAlias('a', '1.0.0')
  .setAlias('b', '1.0.0')
const { snapshot } = log

function revertTo(aliases: readonly Alias[], from = snapshot) {
  const said = writer()
  return { said, entry: revertEntry(from, { service, head: { ...from.head, aliases } }, said) }
}

describe('the entry of a rollout', () => {
  test('a rollout that begins, a candidate that is held and a rollout that ends each change the etag of the service', () => {
    const { stored } = new Log(log.stored).setRollout('2.0.0').yank('2.0.0', 'broken').endRollout()
    const etags = stored.slice(-4).map(({ head }) => head.etag)
    expect(new Set(etags).size).toBe(4)
  })

  test('entries that do not change the rollout keep its object and say nothing of it', () => {
    const { stored } = new Log(log.stored).setRollout('2.0.0').register('3.0.0')
    const [set, registered] = stored.slice(-2)
    expect(registered?.head.rollout).toBe(set?.head.rollout)
    expect(registered?.link?.delta).not.toHaveProperty('rollout')
    expect(set?.link?.delta.rollout?.candidates).toHaveLength(1)
  })

  test('the entry that ends a rollout says so, and may have another default', () => {
    const { newest } = new Log(log.stored).setRollout('2.0.0').endRollout('2.0.0')
    expect(newest.link?.delta).toMatchObject({ rollout: null, default: { tag: '2.0.0', rule: { by: 'promotion' } } })
  })
})

describe('the entry of a revert', () => {
  const [a, b] = snapshot.head.aliases as readonly [Alias, Alias]

  test('an alias that is the same keeps its etag, and every other one gets that of the entry', () => {
    const other = { ...b, tag: '2.0.0' as RevisionTag, isImported: true }
    const { said, entry } = revertTo([other, { ...a, etag: 'old' }])
    expect(entry.head.aliases).toEqual([a, { ...other, etag: said.id, isImported: false }])
    expect(entry.head.aliases[0]).toBe(a)
    expect(entry.link?.delta.aliases?.all).toHaveLength(2)
    expect(entry.head.aliasPlace).toEqual({ generation: entry.generation, moves: [] })
  })

  test('a revert that leaves all aliases as they are keeps their list, and says nothing of them', () => {
    const { entry } = revertTo([
      { ...a, etag: 'old' },
      { ...b, etag: 'old' },
    ])
    expect(entry.head.aliases).toBe(snapshot.head.aliases)
    expect(entry.head.aliasPlace).toEqual(snapshot.head.aliasPlace)
    expect(entry.head.etag).toBe(snapshot.head.etag)
    expect(entry.link?.delta).toEqual({ event: 'choices-reverted' })
  })

  test('a revert to a time without aliases says that none is left', () => {
    const { entry } = revertTo([])
    expect(entry.head).toMatchObject({ aliases: [], aliasPlace: { generation: 0, moves: [] } })
    expect(entry.link?.delta.aliases).toEqual({ all: [] })
  })

  test('an alias that follows another range than now is another alias, although it points to the same revision', () => {
    const following = new Log(log.stored).setAlias('next')
    const aliases = following.newest.head.aliases.map((alias) =>
      alias.follows === null ? alias : { ...alias, follows: { ...alias.follows, includePrerelease: false } },
    )
    const { said, entry } = revertTo(aliases, following.snapshot)
    expect(entry.head.aliases.map(({ etag }) => etag === said.id)).toEqual([false, false, true])
  })
})
