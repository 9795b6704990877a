import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { looking } from './looking.ts'

interface Rejection {
  readonly revision_tag: string
  readonly reason: string
}

describeOverEachProtocol('explain, of the revisions that were not chosen', (subject) => {
  const { call, register } = subject
  const { revision } = looking(subject)
  const rejected = async (request: Fields) => {
    const { explanation } = await revision({ ...request, explain: true })
    return (explanation as { rejected?: readonly Rejection[] }).rejected ?? []
  }
  const rejectedTags = async (request: Fields = {}) => (await rejected(request)).map((each) => each.revision_tag)
  const tagsOf = (major: number, count: number) => Array.from({ length: count }, (_, index) => `${major}.${index}.0`)
  const yank = async (...tags: readonly string[]) => {
    for (const revision_tag of tags) await call('yank', { revision_tag })
  }

  describe('reasons', () => {
    test.for([
      [{ version_range: '^1' }, '2.0.0', /outside the range "\^1"/, 'above the range'],
      [{ version_range: '^1' }, '1.4.0-rc.1', /pre-release that the range does not name/, 'an unnamed pre-release'],
      [{ version_range: '^1' }, '1.3.0', /yanked: loses data/, 'yanked with a reason'],
      [{ version_range: '^1' }, '2.1.0', /yanked/, 'yanked, above the range'],
      [{ version_range: '^1', label_selector: 'tier=web' }, '1.2.0', /labels.*"tier=web"/, 'labels'],
      [{ version_range: '>=1.4.0-0 <2' }, '2.0.0', /outside/, 'above a range that names a pre-release'],
      [{ version_range: '1.x', include_prerelease: true }, '2.0.0', /outside/, 'above a range with all pre-releases'],
    ] as const)(
      'the explanation of %j rejects %s with a reason that matches %s (%s)',
      async ([request, tag, reason]) => {
        await call('register', { revision_tag: '1.0.0', labels: { tier: 'web' } })
        await register('1.2.0', '1.3.0', '1.4.0-rc.1', '2.0.0', '2.1.0')
        await call('yank', { revision_tag: '1.3.0', reason: 'loses data' })
        await yank('2.1.0')
        expect(await rejected(request)).toContainEqual({ revision_tag: tag, reason: expect.stringMatching(reason) })
      },
    )

    test('every rejected revision has a reason as text', async () => {
      await register('1.0.0', 'v1.0.0', '1.1.0', '2.0.0', '2.1.0-rc.1')
      await yank('1.1.0')
      await call('setDefault', { revision_tag: '1.0.0' })
      await call('setAlias', { alias: 'stable', follows: '^1' })
      for (const request of [{}, { version_range: '^1' }, { version_range: '*' }, { alias: 'stable' }]) {
        for (const { reason } of await rejected(request)) expect(reason).toMatch(/^\w.*\w/)
      }
    })

    test('labels are not a reason in an explanation if they could not choose another revision', async () => {
      await call('register', { revision_tag: '1.0.0', labels: { tier: 'web' } })
      await register('2.0.0')
      await call('setDefault', { revision_tag: '1.0.0' })
      const expected = [{ revision_tag: '2.0.0', reason: expect.stringMatching(/set by hand/) }]
      expect(await rejected({ label_selector: 'tier=web' })).toEqual(expected)
    })

    test('an explanation does not blame the policy for a revision that was yanked at the time', async () => {
      await register('1.0.0', '2.0.0')
      await yank('2.0.0')
      await call('unyank', { revision_tag: '2.0.0' })
      const [rejection] = await rejected({})
      expect(rejection?.revision_tag).toBe('2.0.0')
      expect(rejection?.reason).not.toMatch(/did not choose it$/)
    })
  })

  describe('number and order', () => {
    test('an explanation has at most five better revisions that the rule passed over, the highest first', async () => {
      await register('1.0.0', ...tagsOf(2, 7))
      await yank(...tagsOf(2, 7))
      const best = ['2.6.0', '2.5.0', '2.4.0', '2.3.0', '2.2.0']
      expect(await rejectedTags({ version_range: '*' })).toEqual(best)
      expect(await rejectedTags()).toEqual(best)
    })

    test('an explanation has five passed-over revisions, and then five outside of the range', async () => {
      await register('1.0.0', ...tagsOf(2, 6), ...tagsOf(3, 6))
      await yank(...tagsOf(2, 6))
      expect(await rejectedTags({ version_range: '<3' })).toEqual(
        ['2.5.0', '2.4.0', '2.3.0', '2.2.0', '2.1.0'].concat(['3.5.0', '3.4.0', '3.3.0', '3.2.0', '3.1.0']),
      )
    })

    test('an explanation rejects nothing if no revision is above the chosen one', async () => {
      await register('1.0.0', '1.1.0', 'main')
      expect(await rejectedTags({ version_range: '*' })).toEqual([])
      expect(await rejectedTags()).toEqual([])
    })

    test('an explanation does not contain a deleted revision', async () => {
      await register('1.0.0', '1.1.0')
      await yank('1.1.0')
      const { etag } = await revision({ revision_tag: '1.1.0', view: 'FULL' })
      await call('deleteRevision', { revision_tag: '1.1.0', etag })
      expect(await rejectedTags({ version_range: '^1' })).toEqual([])
      expect(await rejectedTags()).toEqual([])
    })
  })
})
