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

  // No test changes this service.
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

  describe('a label selector with a range', () => {
    test.for([
      ['tier=web', '1.1.0', 'a value'],
      ['tier==api', '1.2.0', 'a value, with two signs'],
      ['tier = web', '1.1.0', 'spaces around the sign'],
      ['tier=', '1.3.0', 'the empty value'],
      ['tier!=', '1.2.0', 'any value except the empty one'],
      ['tier=WEB', undefined, 'case matters'],
      ['region!=eu', '1.3.0', 'another value, or no such label'],
      ['tier in (web, api)', '1.2.0', 'one of several'],
      ['tier in (web)', '1.1.0', 'one of one'],
      ['tier in(web,api)', '1.2.0', 'no spaces'],
      ['tier notin (api,web)', '1.3.0', 'none of several'],
      ['region notin (eu), tier', '1.3.0', 'not that value, and the label is present'],
      ['tier notin (api,web,)', '1.0.0', 'an empty value among several'],
      ['tier', '1.3.0', 'the label is present, even with an empty value'],
      ['region', '1.2.0', 'the label is present'],
      ['!tier', '1.0.0', 'the label is absent'],
      ['! region', '1.3.0', 'a space after the exclamation mark'],
      ['example.com/gpu', '1.3.0', 'a name with a prefix'],
      ['example.com/gpu=true', '1.3.0', 'a name with a prefix, and a value'],
      ['gpu', undefined, 'the name without its prefix'],
      ['tier=api,region=eu', '1.2.0', 'two requirements that the revision meets'],
      ['tier=web,region', undefined, 'two requirements that no release meets'],
      ['tier in (web, api) , !region', '1.1.0', 'commas between values, and between requirements'],
      ['tier=web,tier!=web', undefined, 'requirements that contradict each other'],
      ['', '1.3.0', 'no requirement'],
      [' ', '1.3.0', 'only a space'],
    ] as const)('the label selector %j with the range * chooses %s (%s)', async ([label_selector, expected]) => {
      expect(await tagOfLabelled({ version_range: '*', label_selector })).toBe(expected)
    })

    test.for([
      [{ version_range: '<1.2', label_selector: 'tier' }, '1.1.0', 'within the range only'],
      [{ version_range: '>1.2', label_selector: 'tier=web' }, undefined, 'no pre-release that the range does not name'],
      [
        { version_range: '>1.2', label_selector: 'tier=web', include_prerelease: true },
        '2.0.0-rc.1',
        'any pre-release',
      ],
      [{ version_range: '1.0 || 1.1 || >=2.0.0-0', label_selector: '!region' }, '1.1.0', 'in any alternative'],
    ] as const)('the selectors %j choose %s (%s)', async ([request, expected]) => {
      expect(await tagOfLabelled(request)).toBe(expected)
    })

    test('a label selector can choose a revision far below the highest, but never a yanked one', async () => {
      for (const revision_tag of ['1.0.0', '1.0.1']) await call('register', { revision_tag, labels: { tier: 'web' } })
      await register(...Array.from({ length: 8 }, (_, index) => `1.1.${index}`))
      expect(await tag({ version_range: '^1', label_selector: 'tier=web' })).toBe('1.0.1')
      await call('yank', { revision_tag: '1.0.1' })
      expect(await tag({ version_range: '^1', label_selector: 'tier=web' })).toBe('1.0.0')
    })
  })

  describe('a label selector with another selector', () => {
    test.for([
      [{}, 'tier=web', '1.1.0', 'the default meets it'],
      [{}, 'tier=api', undefined, 'the default does not meet it, but another revision does'],
      [{}, '!region', '1.1.0', 'the default does not have the label'],
      [{ revision_tag: '1.2.0' }, 'tier in (api)', '1.2.0', 'the revision meets it'],
      [{ revision_tag: '1.2.0' }, 'tier notin (api)', undefined, 'the revision does not meet it'],
      [{ revision_tag: '1.0.0' }, 'tier', undefined, 'the revision has no labels'],
      [{ revision_tag: '1.0.0' }, 'tier!=web', '1.0.0', 'a revision without labels meets it'],
      [{ alias: 'fixed' }, 'region=eu', '1.2.0', 'the target of the fixed alias meets it'],
      [{ alias: 'fixed' }, 'region!=eu', undefined, 'the target of the fixed alias does not meet it'],
      [{ alias: 'beta' }, 'region', '2.0.0-rc.1', 'the target of the range alias meets it'],
      [{ alias: 'beta' }, '!region', undefined, 'the target of the range alias does not meet it'],
    ] as const)(
      'the selector %j with the label selector %j finds %s (%s)',
      async ([selector, label_selector, expected]) => {
        expect(await tagOfLabelled({ ...selector, label_selector })).toBe(expected)
      },
    )

    test('the error for a revision that does not match a label selector contains the selector', async () => {
      await register('1.0.0')
      await expectRefusal(call('get', { label_selector: 'tier=web' }), {
        code: 'not_found',
        reason: 'REVISION_NOT_FOUND',
        message:
          /^Service revision not found\. .* has no revision "1\.0\.0" that meets label_selector "tier=web"; use another revision/,
      })
    })
  })

  describe('refused label selectors', () => {
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
      ['tier within (web)', 'an unknown operator'],
      ['!tier=web', 'two negations'],
      ['!tier in (web)', 'two negations'],
      ['tier>1', 'a comparison'],
    ] as const)(
      'the label selector %j is refused with each other selector, and the error has the rule (%s)',
      async ([label_selector]) => {
        for (const selector of selectors) {
          await expectRefusal(call('get', { ...selector, label_selector }), {
            ...refusal,
            message: /; use requirements such as .*tier in \(web, api\).* at most 1024 characters/,
          })
        }
      },
    )

    test('a label selector may have 1024 characters but not 1025', async () => {
      await register('1.0.0')
      const longest = `!tier${',!tier'.repeat(169)}`.padEnd(1024)
      expect(longest.trim().length).toBeGreaterThan(1000)
      expect(await tag({ label_selector: longest })).toBe('1.0.0')
      await expectRefusal(call('get', { label_selector: `${longest} ` }), { ...refusal, message: /1025 characters/ })
    })
  })
})
