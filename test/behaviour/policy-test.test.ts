import { expect, test } from 'vitest'
import { expectRefusal, refusalOfName } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

describeBehaviour('a test of the policy', (subject) => {
  const { call, register } = subject
  const { tag, everything, listed } = looking(subject)
  const decision = async (revisionTag: string) =>
    (await call('testPolicy', { revision_tag: revisionTag })).becomes_default

  test('TestPolicy answers the decision of the policy and the context that the policy received', async () => {
    await register('1.0.0', '2.0.0-rc.1')
    await call('setDefault', { revision_tag: '1.0.0' })
    expect(await call('testPolicy', { revision_tag: '2.0.0' })).toEqual({
      ...{ policy: 'latest-semver', becomes_default: true },
      ...{ current_default: '1.0.0', highest_version: '2.0.0-rc.1', highest_release: '1.0.0' },
    })
  })

  test('TestPolicy works for a service that does not exist, and no service comes into being', async () => {
    expect(await call('testPolicy', { revision_tag: '1.0.0' })).toEqual({
      policy: 'latest-semver',
      becomes_default: true,
    })
    expect(await listed()).toBeUndefined()
  })

  test.for([
    ['2.0.1', true, 'is above the highest version'],
    ['v2.0.0', true, 'is as high as the highest version'],
    ['2.1.0-rc.1', true, 'is a pre-release above the highest version'],
    ['2.0.0-rc.1', false, 'is below the highest version'],
    ['1.9.9', false, 'is below the highest version'],
    ['main', false, 'is not a version'],
    ['2.1', false, 'is not a version'],
  ] as const)(
    'TestPolicy of %s predicts the decision at registration, %s, because the tag %s',
    async ([next, expected]) => {
      await register('1.0.0', '2.0.0')
      const before = await everything()
      expect(await decision(next)).toBe(expected)
      expect(await everything()).toEqual(before)
      const { revision } = await call('register', { revision_tag: next })
      expect(revision).toMatchObject({ is_default: expected })
    },
  )

  test('TestPolicy reflects that the highest version was yanked and that it was unyanked', async () => {
    await register('1.0.0', '2.0.0')
    expect(await decision('1.5.0')).toBe(false)
    await call('yank', { revision_tag: '2.0.0' })
    expect(await call('testPolicy', { revision_tag: '1.5.0' })).toMatchObject({
      ...{ becomes_default: true, current_default: '1.0.0', highest_version: '1.0.0', highest_release: '1.0.0' },
    })
    await call('unyank', { revision_tag: '2.0.0' })
    expect(await decision('1.5.0')).toBe(false)
  })

  test('TestPolicy answers no current default after ClearDefault', async () => {
    await register('1.0.0')
    await call('clearDefault')
    const answer = await call('testPolicy', { revision_tag: '1.1.0' })
    expect(answer).not.toHaveProperty('current_default')
    expect(answer).toMatchObject({ becomes_default: true, highest_version: '1.0.0' })
  })

  test('TestPolicy answers false for a yanked revision, which a policy never chooses', async () => {
    await register('1.0.0', '2.0.0')
    await call('yank', { revision_tag: '2.0.0' })
    expect(await decision('2.0.0')).toBe(false)
    await register('2.0.0')
    expect(await tag()).toBe('1.0.0')
  })

  test.for([
    ['1.0+build', 'build metadata'],
    ['.x', 'a full stop at the start'],
  ] as const)('TestPolicy refuses the tag %s, which has %s', async ([bad]) => {
    const { protocol } = subject.api()
    const expected = refusalOfName({ protocol, method: 'testPolicy' }, 'revision_tag')
    await expectRefusal(call('testPolicy', { revision_tag: bad }), expected)
  })
})
