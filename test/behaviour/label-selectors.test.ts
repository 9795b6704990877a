import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

const revisions = {
  '1.0.0': {},
  '1.1.0': { tier: 'web' },
  '1.2.0': { tier: 'api', region: 'eu' },
  '1.3.0': { tier: '', 'example.com/gpu': 'true' },
  '2.0.0-rc.1': { tier: 'web', region: 'us' },
}

describeRule('a label selector', (subject) => {
  const { call, register } = subject
  const { tag } = looking(subject)
  let prepared: Promise<void> | undefined

  // Of a service that no test changes.
  async function tagOfLabelled(request: Fields) {
    const name = 'my-labelled-versions'
    prepared ??= registerAll(name)
    await prepared
    return tag({ name, ...request })
  }

  async function registerAll(name: string) {
    for (const [revision_tag, labels] of Object.entries(revisions))
      await call('register', { name, revision_tag, labels })
    await call('setDefault', { name, revision_tag: '1.1.0' })
    await call('setAlias', { name, alias: 'fixed', revision_tag: '1.2.0' })
    await call('setAlias', { name, alias: 'beta', follows: '>=2.0.0-0' })
  }

  describe('beside a range chooses the highest that meets it', () => {
    test.for([
      ['tier=web', '1.1.0', 'a value'],
      ['tier==api', '1.2.0', 'a value, with two signs'],
      ['tier = web', '1.1.0', 'spaces around the sign'],
      ['tier=', '1.3.0', 'the empty value'],
      ['tier!=', '1.2.0', 'any but the empty value'],
      ['tier=WEB', undefined, 'capitals are others'],
      ['region!=eu', '1.3.0', 'another value, or no such label'],
      ['tier in (web, api)', '1.2.0', 'one of several'],
      ['tier in (web)', '1.1.0', 'one of one'],
      ['tier in(web,api)', '1.2.0', 'no spaces'],
      ['tier notin (api,web)', '1.3.0', 'none of several'],
      ['region notin (eu), tier', '1.3.0', 'none of one, and the label is there'],
      ['tier notin (api,web,)', '1.0.0', 'an empty value among several'],
      ['tier', '1.3.0', 'the label is there, though its value is empty'],
      ['region', '1.2.0', 'the label is there'],
      ['!tier', '1.0.0', 'the label is not there'],
      ['! region', '1.3.0', 'a space behind the sign'],
      ['example.com/gpu', '1.3.0', 'a name with a prefix'],
      ['example.com/gpu=true', '1.3.0', 'a name with a prefix, and a value'],
      ['gpu', undefined, 'the name without its prefix'],
      ['tier=api,region=eu', '1.2.0', 'two that it meets'],
      ['tier=web,region', undefined, 'two of which no release meets both'],
      ['tier in (web, api) , !region', '1.1.0', 'commas between values, and between requirements'],
      ['tier=web,tier!=web', undefined, 'what nothing can meet'],
      ['', '1.3.0', 'nothing: any'],
      [' ', '1.3.0', 'a space: any'],
    ] as const)('%j: %s, %s', async ([label_selector, expected]) => {
      expect(await tagOfLabelled({ version_range: '*', label_selector })).toBe(expected)
    })

    test.for([
      [{ version_range: '<1.2', label_selector: 'tier' }, '1.1.0', 'within the range only'],
      [{ version_range: '>1.2', label_selector: 'tier=web' }, undefined, 'no pre-release that the range does not name'],
      [{ version_range: '>1.2', label_selector: 'tier=web', include_prerelease: true }, '2.0.0-rc.1', 'all of them'],
      [{ version_range: '1.0 || 1.1 || >=2.0.0-0', label_selector: '!region' }, '1.1.0', 'in any alternative'],
    ] as const)('%j: %s, %s', async ([request, expected]) => {
      expect(await tagOfLabelled(request)).toBe(expected)
    })

    test('which may be far below the highest, and is never one that is yanked', async () => {
      for (const revision_tag of ['1.0.0', '1.0.1']) await call('register', { revision_tag, labels: { tier: 'web' } })
      await register(...Array.from({ length: 8 }, (_, index) => `1.1.${index}`))
      expect(await tag({ version_range: '^1', label_selector: 'tier=web' })).toBe('1.0.1')
      await call('yank', { revision_tag: '1.0.1' })
      expect(await tag({ version_range: '^1', label_selector: 'tier=web' })).toBe('1.0.0')
    })
  })

  describe('beside another selector is a condition, and chooses no other revision', () => {
    test.for([
      [{}, 'tier=web', '1.1.0', 'the default meets it'],
      [{}, 'tier=api', undefined, 'the default does not, though another revision does'],
      [{}, '!region', '1.1.0', 'the default does not have the label'],
      [{ revision_tag: '1.2.0' }, 'tier in (api)', '1.2.0', 'the revision meets it'],
      [{ revision_tag: '1.2.0' }, 'tier notin (api)', undefined, 'the revision does not'],
      [{ revision_tag: '1.0.0' }, 'tier', undefined, 'the revision has no labels'],
      [{ revision_tag: '1.0.0' }, 'tier!=web', '1.0.0', 'the revision has no labels, which meets it'],
      [{ alias: 'fixed' }, 'region=eu', '1.2.0', 'what the alias is fixed to meets it'],
      [{ alias: 'fixed' }, 'region!=eu', undefined, 'what the alias is fixed to does not'],
      [{ alias: 'beta' }, 'region', '2.0.0-rc.1', 'what the alias follows to meets it'],
      [{ alias: 'beta' }, '!region', undefined, 'what the alias follows to does not'],
    ] as const)('%j and %j: %s, %s', async ([selector, label_selector, expected]) => {
      expect(await tagOfLabelled({ ...selector, label_selector })).toBe(expected)
    })

    test('so that the revision is not found if it does not meet the selector, and the error says which', async () => {
      await register('1.0.0')
      await expectRefusal(call('get', { label_selector: 'tier=web' }), {
        code: 'not_found',
        reason: 'REVISION_NOT_FOUND',
        message: /^Service revision not found\. .* has no revision 1\.0\.0 that meets the label_selector "tier=web"\.$/,
      })
    })
  })

  describe('is refused', () => {
    const refusal = { code: 'invalid_argument', reason: 'INVALID_LABEL_SELECTOR', field: 'label_selector' } as const
    const selectors = [{}, { revision_tag: '1.0.0' }, { version_range: '^1' }, { alias: 'stable' }]

    test.for([
      ['=web', 'no name'],
      ['!', 'a sign alone'],
      ['tier=web,', 'a comma at the end'],
      [',tier=web', 'a comma at the beginning'],
      ['tier,,region', 'two commas'],
      ['tier=web region=eu', 'no comma'],
      ['tier=web=api', 'two signs'],
      ['tier=a!b', 'a value that no label can have'],
      ['tier=-web', 'a value that no label can have'],
      [`tier=${'a'.repeat(64)}`, 'a value that is too long for a label'],
      ['my tier=web', 'a name that no label can have'],
      ['-tier', 'a name that no label can have'],
      ['a/b/c=d', 'a name that no label can have'],
      ['tier in web', 'no parentheses'],
      ['tier in (web', 'no end of the parentheses'],
      ['tier in web)', 'no beginning of the parentheses'],
      ['tier in ((web))', 'parentheses in parentheses'],
      ['tier in (we b)', 'a value that no label can have'],
      ['tier within (web)', 'a word that is none'],
      ['!tier=web', 'two ways to say no'],
      ['!tier in (web)', 'two ways to say no'],
      ['tier>1', 'a comparison'],
    ] as const)('as %j with each selector, with what is allowed: %s', async ([label_selector]) => {
      for (const selector of selectors) {
        await expectRefusal(call('get', { ...selector, label_selector }), {
          ...refusal,
          message: /must be requirements such as .*tier in \(web, api\).* 1024 characters at most/,
        })
      }
    })

    test('with 1025 characters, and not with 1024', async () => {
      await register('1.0.0')
      const longest = `!tier${',!tier'.repeat(169)}`.padEnd(1024)
      expect(longest.trim().length).toBeGreaterThan(1000)
      expect(await tag({ label_selector: longest })).toBe('1.0.0')
      await expectRefusal(call('get', { label_selector: `${longest} ` }), { ...refusal, message: /1025 characters/ })
    })
  })
})
