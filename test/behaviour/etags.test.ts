import { describe, expect, test } from 'vitest'
import type { Subject } from '../support/behaviour.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { etagsOf, remove } from './state.ts'

interface Row {
  readonly change: string
  readonly make: (subject: Subject) => Promise<unknown>
  /** The things whose etags change: tags of the revisions that `prepare` makes, names of aliases, or `service`. */
  readonly etags: readonly string[]
  readonly why: string
}

const changes: readonly Row[] = [
  {
    change: 'UpdateRevision',
    make: ({ call }) => call('updateRevision', { revision_tag: '1.1.0', labels: { tier: 'web' } }),
    etags: ['1.1.0'],
    why: 'the information belongs to the revision, even if it is the default',
  },
  {
    change: 'Deprecate',
    make: ({ call }) => call('deprecate', { revision_tag: '1.1.0', message: 'slow' }),
    etags: ['1.1.0'],
    why: 'a deprecated revision is chosen as before',
  },
  {
    change: 'Yank of a revision that nothing chooses',
    make: ({ call }) => call('yank', { revision_tag: '1.0.0' }),
    etags: ['1.0.0'],
    why: 'an alias that is fixed to it stays with it',
  },
  {
    change: 'Yank of the default',
    make: ({ call }) => call('yank', { revision_tag: '1.1.0' }),
    etags: ['1.1.0', 'service', 'stable'],
    why: 'the default, the highest version and the alias that follows move',
  },
  {
    change: 'Undeprecate',
    make: ({ call }) => call('undeprecate', { revision_tag: '0.5.0' }),
    etags: ['0.5.0'],
    why: 'the deprecation is a part of the revision',
  },
  {
    change: 'Unyank',
    make: ({ call }) => call('unyank', { revision_tag: '0.5.0' }),
    etags: ['0.5.0'],
    why: 'the yank is a part of the revision',
  },
  {
    change: 'Unyank of the highest version',
    make: ({ call }) => call('unyank', { revision_tag: '2.0.0-rc.1' }),
    etags: ['2.0.0-rc.1', 'service'],
    why: 'it is the highest version again',
  },
  {
    change: 'SetDefault',
    make: ({ call }) => call('setDefault', { revision_tag: '1.0.0' }),
    etags: ['service'],
    why: 'is_default is not part of the revision',
  },
  {
    change: 'ClearDefault',
    make: ({ call }) => call('clearDefault'),
    etags: ['service'],
    why: 'the default is part of the service',
  },
  {
    change: 'SetAlias of a new alias',
    make: ({ call }) => call('setAlias', { alias: 'beta', revision_tag: '1.1.0' }),
    etags: ['service'],
    why: 'the other aliases stay',
  },
  {
    change: 'SetAlias of an existing alias',
    make: ({ call }) => call('setAlias', { alias: 'pinned', revision_tag: '1.1.0' }),
    etags: ['pinned', 'service'],
    why: 'it points elsewhere',
  },
  {
    change: 'SetAlias of a range whose highest version is the present target',
    make: ({ call }) => call('setAlias', { alias: 'pinned', follows: '1.0.0' }),
    etags: ['pinned', 'service'],
    why: 'a range alias differs from a fixed alias',
  },
  {
    change: 'DeleteAlias',
    make: ({ call }) => call('deleteAlias', { alias: 'pinned' }),
    etags: ['pinned', 'service'],
    why: 'the alias is deleted, and the others stay',
  },
  {
    change: 'Register of a version in between',
    make: ({ register }) => register('0.9.0'),
    etags: [],
    why: 'the number of revisions is not part of the etag',
  },
  {
    change: 'Register of a branch',
    make: ({ register }) => register('main'),
    etags: [],
    why: 'the tag is not a version, so nothing chooses it',
  },
  {
    change: 'Register of the highest version',
    make: ({ register }) => register('1.2.0'),
    etags: ['service', 'stable'],
    why: 'the default, the highest version and the alias that follows move',
  },
  {
    change: 'Register of the highest version with is_default false',
    make: ({ call }) => call('register', { revision_tag: '2.0.0', is_default: false }),
    etags: ['service'],
    why: 'the highest version is a part of the service',
  },
  {
    change: 'Register of a branch that becomes the default',
    make: ({ call }) => call('register', { revision_tag: 'main', is_default: true }),
    etags: ['service'],
    why: 'the default is a part of the service',
  },
  {
    change: 'a replay of Register',
    make: ({ register }) => register('1.0.0', '1.1.0'),
    etags: [],
    why: 'a replay changes nothing',
  },
  {
    change: 'DeleteRevision',
    make: (subject) => remove(subject, '0.5.0'),
    etags: ['0.5.0'],
    why: 'nothing chose it',
  },
  {
    change: 'every change with validate_only',
    make: async ({ call }) => {
      const validate_only = true
      await call('register', { revision_tag: '3.0.0', validate_only })
      await call('setDefault', { revision_tag: '1.0.0', validate_only })
      await call('clearDefault', { validate_only })
      await call('setAlias', { alias: 'pinned', revision_tag: '1.1.0', validate_only })
      await call('deleteAlias', { alias: 'pinned', validate_only })
      await call('deprecate', { revision_tag: '1.0.0', validate_only })
      await call('yank', { revision_tag: '1.1.0', validate_only })
      await call('undeprecate', { revision_tag: '0.5.0', validate_only })
      await call('unyank', { revision_tag: '0.5.0', validate_only })
      await call('updateRevision', { revision_tag: '1.0.0', description: 'another', validate_only })
    },
    etags: [],
    why: 'validate_only changes nothing',
  },
]

describeRule('the etags of a revision, of the service and of an alias', (subject) => {
  const { call, register } = subject

  const prepare = async () => {
    await register('0.5.0', '1.0.0', '1.1.0', '2.0.0-rc.1')
    await call('yank', { revision_tag: '0.5.0' })
    await call('deprecate', { revision_tag: '0.5.0' })
    await call('yank', { revision_tag: '2.0.0-rc.1' })
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
    await call('setAlias', { alias: 'stable', follows: '^1' })
  }

  const etags = () => etagsOf(subject)

  test('every answer contains the same etags, and the etags of two revisions differ', async () => {
    await prepare()
    const before = await etags()
    const revisions = ['0.5.0', '1.0.0', '1.1.0', '2.0.0-rc.1'].map((tag) => before[tag])
    expect(new Set(revisions).size).toBe(4)
    const { revision } = await call('get', { revision_tag: '1.0.0', view: 'FULL' })
    expect(revision).toMatchObject({ etag: before['1.0.0'], service_etag: before.service })
    const { alias } = await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
    expect(alias).toMatchObject({ etag: (await etags()).pinned })
    const { service } = await call('setDefault', { revision_tag: '1.0.0' })
    expect(service).toMatchObject({ etag: (await etags()).service })
    expect(await etags(), 'reading changes nothing').toEqual(await etags())
  })

  describe('changed etags', () => {
    test.for(changes)('after $change only the etags $etags are new ($why)', async ({ make, etags: expected }) => {
      await prepare()
      const before = await etags()
      await make(subject)
      const after = await etags()
      const changed = Object.keys(before).filter((name) => before[name] !== after[name])
      expect(changed.toSorted()).toEqual(expected.toSorted())
    })
  })

  test('an etag never returns, even if the earlier state returns', async () => {
    await prepare()
    const seen = [await etags()]
    await call('yank', { revision_tag: '1.1.0' })
    seen.push(await etags())
    await call('unyank', { revision_tag: '1.1.0' })
    await call('setDefault', { revision_tag: '1.1.0' })
    const now = await etags()
    for (const name of ['1.1.0', 'service', 'stable']) {
      expect(
        seen.map((before) => before[name]),
        name,
      ).not.toContain(now[name])
    }
    await call('deleteAlias', { alias: 'pinned' })
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
    expect((await etags()).pinned).not.toBe(now.pinned)
  })
})
