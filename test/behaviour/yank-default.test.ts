import { describe, expect, test } from 'vitest'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'
import { remove } from './state.ts'

describeRule('yanking', (subject) => {
  const { call, register } = subject
  const { tag, revision, tags, listed } = looking(subject)
  const yank = async (revisionTag: string, more = {}) => call('yank', { revision_tag: revisionTag, ...more })

  describe('the default', () => {
    test.for([
      [['1.0.0', '1.1.0', '2.0.0'], '1.1.0', 'is the next version'],
      [['1.9.0', '1.10.0', '2.0.0'], '1.10.0', 'is the higher version'],
      [['1.0.0', '2.0.0-rc.1', '2.0.0'], '2.0.0-rc.1', 'is a pre-release, which the policy accepts'],
      [['v1.0.0', '1.0.0', '2.0.0'], '1.0.0', 'is the newer of two equal versions'],
      [['1.0.0', 'main', '2.0.0'], '1.0.0', 'is a version'],
      [['main', '1.2', '2.0.0'], undefined, 'is correct because no other tag is a version'],
      [['2.0.0'], undefined, 'is correct because no other revision exists'],
    ] as const)(
      'after registering %o, yanking the last one moves the default to %s, which %s',
      async ([registered, expected]) => {
        await register(...registered)
        const answer = await yank('2.0.0', { reason: 'loses data' })
        expect(answer).toEqual({
          revision: {
            ...{ ...subject.service(), revision_tag: '2.0.0', is_default: false },
            ...{ state: 'YANKED', yank: { reason: 'loses data' } },
            effect: {
              default_revision: { before: '2.0.0', ...(expected !== undefined && { after: expected }) },
              moved: 100_000,
            },
          },
          ...(expected !== undefined && { default_revision_tag: expected }),
        })
        expect(await tag()).toBe(expected)
        expect(await listed()).toMatchObject({ revision_count: registered.length })
      },
    )

    test('yanking the default moves it if if_default is MOVE or absent', async () => {
      await register('1.0.0', '2.0.0')
      expect(await yank('2.0.0', { if_default: 'MOVE' })).toMatchObject({ default_revision_tag: '1.0.0' })
      expect(await revision()).toMatchObject({ revision_tag: '1.0.0', is_default: true })
    })

    test('yanking the default clears it if if_default is CLEAR', async () => {
      await register('1.0.0', '2.0.0')
      expect(await yank('2.0.0', { if_default: 'CLEAR' })).not.toHaveProperty('default_revision_tag')
      expect(await tag()).toBeUndefined()
      expect(await listed()).not.toHaveProperty('default_revision_tag')
    })

    test('yanking a default that was set by hand moves it to the revision that the policy chooses', async () => {
      await register('1.0.0', '1.1.0', '2.0.0')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await yank('1.0.0')).toMatchObject({ default_revision_tag: '2.0.0' })
    })

    test('yanking the default passes over yanked and deleted revisions, but not over deprecated ones', async () => {
      await register('1.0.0', '1.1.0', '1.2.0', '1.3.0', '2.0.0')
      await remove(subject, '1.3.0')
      await yank('1.2.0')
      await call('deprecate', { revision_tag: '1.1.0' })
      expect(await yank('2.0.0')).toMatchObject({ default_revision_tag: '1.1.0' })
    })

    test('yanking one default after the other ends without a default', async () => {
      await register('1.0.0', '1.1.0', '2.0.0')
      for (const [which, next] of [
        ['2.0.0', '1.1.0'],
        ['1.1.0', '1.0.0'],
        ['1.0.0', undefined],
      ] as const) {
        expect((await yank(which)).default_revision_tag).toBe(next)
        expect(await tag()).toBe(next)
      }
      expect(await listed()).not.toHaveProperty('highest_version')
      expect(await tags({ state: 'YANKED' })).toHaveLength(3)
    })

    test('the explanation of the next default says that the earlier one was yanked', async () => {
      await register('1.0.0', '2.0.0')
      await yank('2.0.0')
      expect((await revision({ explain: true })).explanation).toMatchObject({ rule: 'DEFAULT_AFTER_YANK' })
    })
  })

  describe('other revisions', () => {
    test.for(['MOVE', 'CLEAR'] as const)(
      'yanking a revision that is not the default leaves the default and answers it (if_default %s)',
      async (action) => {
        await register('1.0.0', '2.0.0')
        expect(await yank('1.0.0', { if_default: action })).toMatchObject({ default_revision_tag: '2.0.0' })
        expect(await tag()).toBe('2.0.0')
      },
    )

    test('yanking a revision does not set a default if the default was cleared', async () => {
      await register('1.0.0', '2.0.0')
      await call('clearDefault')
      expect(await yank('2.0.0', { if_default: 'MOVE' })).not.toHaveProperty('default_revision_tag')
      expect(await tag()).toBeUndefined()
    })

    test('yanking the highest version leaves a default that was set by hand', async () => {
      await register('1.0.0', '1.1.0', '2.0.0')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await yank('2.0.0')).toMatchObject({ default_revision_tag: '1.0.0' })
      expect(await listed()).toMatchObject({ highest_version: '1.1.0', highest_release: '1.1.0' })
    })
  })

  describe('after yanking the default', () => {
    test.for([
      ['1.5.0', 'MOVE', '1.5.0', 'is the highest remaining version'],
      ['1.0.5', 'MOVE', '1.1.0', 'is not the highest'],
      ['1.1.0-rc.1', 'MOVE', '1.1.0', 'is not the highest'],
      ['3.0.0', 'MOVE', '3.0.0', 'is the highest version of all'],
      ['1.5.0', 'CLEAR', '1.5.0', 'is the highest remaining version'],
      ['1.0.5', 'CLEAR', undefined, 'is not the highest'],
      ['2.0.0', 'MOVE', '1.1.0', 'is yanked and only sent again'],
    ] as const)(
      'after yanking 2.0.0, registering %s (if_default %s) makes %s the default, because the new one %s',
      async ([next, action, expected]) => {
        await register('1.0.0', '1.1.0', '2.0.0')
        await yank('2.0.0', { if_default: action })
        await register(next)
        expect(await tag()).toBe(expected)
      },
    )

    test.for([
      ['1.5.0', '1.1.0', 'is below 2.0.0'],
      ['2.0.1', '2.0.1', 'is above 2.0.0'],
    ] as const)(
      'after yanking and unyanking 2.0.0, registering %s makes %s the default, because it %s',
      async ([next, expected]) => {
        await register('1.0.0', '1.1.0', '2.0.0')
        await yank('2.0.0')
        await call('unyank', { revision_tag: '2.0.0' })
        expect(await tag(), 'the default stays').toBe('1.1.0')
        await register(next)
        expect(await tag()).toBe(expected)
      },
    )

    test('deprecating a yanked revision keeps it yanked, and unyanking restores it as the highest', async () => {
      await register('1.0.0', '2.0.0')
      await yank('2.0.0', { reason: 'loses data' })
      await call('deprecate', { revision_tag: '2.0.0', message: 'use 2.0.1' })
      expect(await listed()).toMatchObject({ default_revision_tag: '1.0.0', highest_version: '1.0.0' })
      expect(await revision({ revision_tag: '2.0.0' })).toMatchObject({
        ...{ state: 'YANKED', yank: { reason: 'loses data' }, deprecation: { message: 'use 2.0.1' } },
      })
      await call('unyank', { revision_tag: '2.0.0' })
      expect(await listed()).toMatchObject({ default_revision_tag: '1.0.0', highest_version: '2.0.0' })
      expect(await revision({ revision_tag: '2.0.0' })).toMatchObject({ state: 'DEPRECATED' })
    })

    test('yanking and unyanking the only revision leaves the service without a default', async () => {
      await register('2.0.0')
      await yank('2.0.0')
      await call('unyank', { revision_tag: '2.0.0' })
      expect(await tag()).toBeUndefined()
      expect(await tag({ version_range: '*' })).toBe('2.0.0')
      await call('setDefault', { revision_tag: '2.0.0' })
      expect(await tag()).toBe('2.0.0')
    })
  })
})
