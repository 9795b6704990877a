import { describe, expect, test } from 'vitest'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

const noService = { code: 'not_found', reason: 'SERVICE_NOT_FOUND' } as const

describeRule('the selectors of Get', (subject) => {
  const { call } = subject
  const { tag } = looking(subject)

  async function prepare(name = subject.service().name) {
    for (const revision_tag of ['1.0.0', '1.1.0', '2.0.0-rc.1', 'main']) await call('register', { name, revision_tag })
    await call('setDefault', { name, revision_tag: '1.0.0' })
    await call('setAlias', { name, alias: 'beta', follows: '>=2.0.0-0' })
    await call('setAlias', { name, alias: 'stable', revision_tag: '1.1.0' })
  }

  // No test changes this service.
  let prepared: Promise<void> | undefined
  async function unchanged() {
    const name = 'my-aliased-service'
    prepared ??= prepare(name)
    await prepared
    return { name }
  }

  test.for([
    [{}, '1.0.0', 'no selector, so the default'],
    [{ revision_tag: 'main' }, 'main', 'a tag that is not a version'],
    [{ revision_tag: '2.0.0-rc.1' }, '2.0.0-rc.1', 'a tag of a pre-release'],
    [{ version_range: '^1' }, '1.1.0', 'the highest version of a range, which need not be the default'],
    [{ alias: 'beta' }, '2.0.0-rc.1', 'an alias that follows a range'],
    [{ alias: 'stable' }, '1.1.0', 'an alias that is fixed'],
  ] as const)('the selector %j finds %s (%s)', async ([selector, expected]) => {
    expect(await tag({ ...(await unchanged()), ...selector })).toBe(expected)
  })

  test.for([
    [{ revision_tag: '' }, '1.0.0', 'the default'],
    [{ version_range: '' }, '1.0.0', 'the default'],
    [{ alias: '' }, '1.0.0', 'the default'],
    [
      { revision_tag: '', version_range: '', alias: '', label_selector: '' },
      '1.0.0',
      'all selectors are empty, so the default',
    ],
    [{ revision_tag: '1.1.0', version_range: '', alias: '' }, '1.1.0', 'a tag with empty selectors'],
    [{ revision_tag: '', version_range: '^1', alias: '' }, '1.1.0', 'a range with empty selectors'],
    [{ revision_tag: '', version_range: '', alias: 'beta' }, '2.0.0-rc.1', 'an alias with empty selectors'],
  ] as const)('an empty selector counts as absent, and %j finds %s (%s)', async ([selector, expected]) => {
    expect(await tag({ ...(await unchanged()), ...selector })).toBe(expected)
  })

  test.for([
    [{ revision_tag: '1.1.0', version_range: '^1' }, 'a tag and a range that includes it'],
    [{ revision_tag: '1.1.0', alias: 'stable' }, 'a tag and an alias of it'],
    [{ version_range: '^1', alias: 'stable' }, 'a range and an alias'],
    [{ revision_tag: '1.1.0', version_range: '^1', alias: 'stable' }, 'all three'],
    [{ revision_tag: '-', version_range: '>>1' }, 'two selectors that are not valid either'],
  ] as const)('the selectors %j together are refused, and the error names each of them (%s)', async ([selectors]) => {
    const request = { ...(await unchanged()), ...selectors }
    for (const [field, text] of Object.entries(selectors)) {
      await expectRefusal(call('get', request), {
        code: 'invalid_argument',
        reason: 'CONFLICTING_SELECTORS',
        field,
        message: new RegExp(
          `${field} "${text.replace('^', '\\^')}".*at most one of revision_tag, version_range, alias`,
        ),
      })
    }
  })

  describe('selectors that find nothing', () => {
    const selectors = [{}, { revision_tag: '1.0.0' }, { version_range: '*' }, { alias: 'beta' }] as const

    test.for(selectors)('%j finds nothing in a service that does not exist', (selector) =>
      expectRefusal(call('get', { ...selector, explain: true }), noService),
    )

    test.for([
      [{}, 'NO_DEFAULT', / has no default revision; name a revision_tag, or make one of its revisions the default/],
      [{ revision_tag: '1.0.1' }, 'REVISION_NOT_FOUND', / has no revision "1\.0\.1"; use/],
      // Get compares tags as text, not as versions.
      [{ revision_tag: 'v1.0.0' }, 'REVISION_NOT_FOUND', / has no revision "v1\.0\.0"; use/],
      [
        { version_range: '^2' },
        'REVISION_NOT_FOUND',
        / has no revision in the range "\^2" that is not yanked; use another range\./,
      ],
      [{ version_range: '<0.0.0-0' }, 'REVISION_NOT_FOUND', / has no revision in the range "<0\.0\.0-0"/],
      [{ alias: 'beta' }, 'ALIAS_NOT_FOUND', / has no alias "beta"; use/],
      [{ alias: 'follows-nothing' }, 'REVISION_NOT_FOUND', /"follows-nothing" of .* follows a range that contains no/],
    ] as const)('the selector %j is refused with %s, and the error matches %s', async ([selector, reason, words]) => {
      await call('register', { revision_tag: '1.0.0', is_default: false })
      await call('setAlias', { alias: 'follows-nothing', follows: '^9' })
      await expectRefusal(call('get', { ...selector, explain: true }), {
        ...{ code: 'not_found', reason, message: new RegExp(`^Service revision not found\\. .*${words.source}`) },
      })
    })

    test('a selector finds no revision of another service', async () => {
      const { name } = await unchanged()
      for (const selector of selectors) {
        await expectRefusal(call('get', { ...selector, name: `${name}-x` }), noService)
      }
    })
  })

  describe('yanked revisions', () => {
    test('a yanked revision is found, with its state, only by its tag and by a fixed alias', async () => {
      await prepare()
      await call('yank', { revision_tag: '1.1.0', reason: 'broken' })
      const found = { revision_tag: '1.1.0', state: 'YANKED', yank: { reason: 'broken' } }
      expect((await call('get', { revision_tag: '1.1.0' })).revision).toMatchObject(found)
      expect((await call('get', { alias: 'stable' })).revision).toMatchObject(found)
      expect(await tag({ version_range: '^1' })).toBe('1.0.0')
      expect(await tag({ version_range: '1.1.0' })).toBeUndefined()
    })

    test('a range alias and the default move away from a yanked revision', async () => {
      await prepare()
      await call('setDefault', { revision_tag: '2.0.0-rc.1' })
      const { default_revision_tag } = await call('yank', { revision_tag: '2.0.0-rc.1' })
      expect(default_revision_tag).toBe('1.1.0')
      expect(await tag()).toBe('1.1.0')
      expect(await tag({ alias: 'beta' })).toBeUndefined()
    })

    test('an unyanked revision is chosen again', async () => {
      await prepare()
      await call('yank', { revision_tag: '2.0.0-rc.1' })
      await call('unyank', { revision_tag: '2.0.0-rc.1' })
      expect(await tag({ alias: 'beta' })).toBe('2.0.0-rc.1')
      expect(await tag({ version_range: '*', include_prerelease: true })).toBe('2.0.0-rc.1')
    })
  })

  test('a deprecated revision is chosen like any other, with its state', async () => {
    await prepare()
    await call('deprecate', { revision_tag: '1.1.0', message: 'too slow', replacement: '2.0.0-rc.1' })
    expect((await call('get', { version_range: '^1' })).revision).toMatchObject({
      revision_tag: '1.1.0',
      state: 'DEPRECATED',
      deprecation: { message: 'too slow', replacement: '2.0.0-rc.1' },
    })
  })

  test.for([
    ['Beta', 'a capital letter'],
    ['latest release', 'a space'],
    ['1.2', 'a range'],
    ['default', 'a name that no alias may have'],
    ['a'.repeat(64), '64 characters'],
  ] as const)('the alias %s is refused (%s)', async ([alias]) => {
    await expectRefusal(call('get', { ...(await unchanged()), alias }), {
      code: 'invalid_argument',
      reason: 'INVALID_ALIAS',
      field: 'alias',
    })
  })
})
