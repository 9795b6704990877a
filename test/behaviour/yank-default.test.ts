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
      [['1.9.0', '1.10.0', '2.0.0'], '1.10.0', 'is higher by the order of versions'],
      [['1.0.0', '2.0.0-rc.1', '2.0.0'], '2.0.0-rc.1', 'is a pre-release, which counts'],
      [['v1.0.0', '1.0.0', '2.0.0'], '1.0.0', 'is the newer of two that are as high'],
      [['1.0.0', 'main', '2.0.0'], '1.0.0', 'is a version'],
      [['main', '1.2', '2.0.0'], undefined, 'would have to be a version'],
      [['2.0.0'], undefined, 'would have to be there'],
    ] as const)('of %o moves it to %s, which %s', async ([registered, expected]) => {
      await register(...registered)
      const answer = await yank('2.0.0', { reason: 'loses data' })
      expect(answer).toEqual({
        revision: {
          ...{ ...subject.service(), revision_tag: '2.0.0', is_default: false },
          ...{ state: 'YANKED', yank: { reason: 'loses data' } },
        },
        ...(expected !== undefined && { default_revision_tag: expected }),
      })
      expect(await tag()).toBe(expected)
      expect(await listed()).toMatchObject({ revision_count: registered.length })
    })

    test('moves it where the request says MOVE, as where it says nothing', async () => {
      await register('1.0.0', '2.0.0')
      expect(await yank('2.0.0', { if_default: 'MOVE' })).toMatchObject({ default_revision_tag: '1.0.0' })
      expect(await revision()).toMatchObject({ revision_tag: '1.0.0', is_default: true })
    })

    test('clears it where the request says CLEAR', async () => {
      await register('1.0.0', '2.0.0')
      expect(await yank('2.0.0', { if_default: 'CLEAR' })).not.toHaveProperty('default_revision_tag')
      expect(await tag()).toBeUndefined()
      expect(await listed()).not.toHaveProperty('default_revision_tag')
    })

    test('that was set by hand moves it to what the policy chooses, above it', async () => {
      await register('1.0.0', '1.1.0', '2.0.0')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await yank('1.0.0')).toMatchObject({ default_revision_tag: '2.0.0' })
    })

    test('passes over what is yanked or deleted, and not over what is deprecated', async () => {
      await register('1.0.0', '1.1.0', '1.2.0', '1.3.0', '2.0.0')
      await remove(subject, '1.3.0')
      await yank('1.2.0')
      await call('deprecate', { revision_tag: '1.1.0' })
      expect(await yank('2.0.0')).toMatchObject({ default_revision_tag: '1.1.0' })
    })

    test('once more and once more ends with none', async () => {
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

    test('says why the next one is the default', async () => {
      await register('1.0.0', '2.0.0')
      await yank('2.0.0')
      expect((await revision({ explain: true })).explanation).toMatchObject({ rule: 'DEFAULT_AFTER_YANK' })
    })
  })

  describe('what is not the default', () => {
    test.for(['MOVE', 'CLEAR'] as const)('leaves the default, and answers it (%s)', async (action) => {
      await register('1.0.0', '2.0.0')
      expect(await yank('1.0.0', { if_default: action })).toMatchObject({ default_revision_tag: '2.0.0' })
      expect(await tag()).toBe('2.0.0')
    })

    test('makes none where the default was cleared', async () => {
      await register('1.0.0', '2.0.0')
      await call('clearDefault')
      expect(await yank('2.0.0', { if_default: 'MOVE' })).not.toHaveProperty('default_revision_tag')
      expect(await tag()).toBeUndefined()
    })

    test('leaves a default that is set by hand, although the highest version is gone', async () => {
      await register('1.0.0', '1.1.0', '2.0.0')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await yank('2.0.0')).toMatchObject({ default_revision_tag: '1.0.0' })
      expect(await listed()).toMatchObject({ highest_version: '1.1.0', highest_release: '1.1.0' })
    })
  })

  describe('2.0.0', () => {
    test.for([
      ['1.5.0', 'MOVE', '1.5.0', 'is the highest version that is left'],
      ['1.0.5', 'MOVE', '1.1.0', 'is not'],
      ['1.1.0-rc.1', 'MOVE', '1.1.0', 'is not'],
      ['3.0.0', 'MOVE', '3.0.0', 'is the highest version of all'],
      ['1.5.0', 'CLEAR', '1.5.0', 'is the highest version that is left'],
      ['1.0.5', 'CLEAR', undefined, 'is not'],
      ['2.0.0', 'MOVE', '1.1.0', 'is yanked, and only sent again'],
    ] as const)('and registering %s then (%s) makes %s the default: it %s', async ([next, action, expected]) => {
      await register('1.0.0', '1.1.0', '2.0.0')
      await yank('2.0.0', { if_default: action })
      await register(next)
      expect(await tag()).toBe(expected)
    })

    test.for([
      ['1.5.0', '1.1.0', 'is below it'],
      ['2.0.1', '2.0.1', 'is above it'],
    ] as const)('and unyanking it, and registering %s then, makes %s the default: it %s', async ([next, expected]) => {
      await register('1.0.0', '1.1.0', '2.0.0')
      await yank('2.0.0')
      await call('unyank', { revision_tag: '2.0.0' })
      expect(await tag(), 'the default stays').toBe('1.1.0')
      await register(next)
      expect(await tag()).toBe(expected)
    })

    test('and deprecating it leaves it yanked, and unyanking it then makes it the highest version again', async () => {
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

    test('where it was alone, and unyanking it, leaves the service without a default', async () => {
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
