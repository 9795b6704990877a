import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

interface Explanation {
  readonly generation: unknown
  readonly service_hash: unknown
  readonly rule: string
  readonly description: string
  readonly rejected?: readonly { readonly revision_tag: string; readonly reason: string }[]
}

describeRule('explain', (subject) => {
  const { call, register, service } = subject
  const { revision } = looking(subject)
  const explain = async (request: Fields = {}) => {
    const { explanation, ...answer } = await revision({ ...request, explain: true })
    expect(answer, 'the answer is the same without it').toEqual(await revision(request))
    const { generation, service_hash, ...reason } = explanation as Explanation
    expect([Number(generation), service_hash]).toEqual([expect.any(Number), expect.stringMatching(/^[\w-]{43}$/)])
    return { tag: answer.revision_tag, ...reason }
  }
  const registerWith = (revision_tag: string, is_default: boolean) => call('register', { revision_tag, is_default })

  test('an answer contains an explanation only if the request asks for it', async () => {
    await register('1.0.0')
    for (const request of [{}, { explain: false }, { view: 'FULL' }]) {
      expect(await revision(request)).not.toHaveProperty('explanation')
    }
    expect(await revision({ explain: true, view: 'FULL' })).toMatchObject({
      state: 'ACTIVE',
      explanation: { rule: 'DEFAULT_BY_POLICY' },
    })
  })

  test('an explanation has the generation of the service and the hash of its newest entry, as the view FULL has', async () => {
    await register('1.0.0', '2.0.0')
    const { generation, service_hash, explanation } = await revision({ explain: true, view: 'FULL' })
    const log = await subject.storedLog()
    expect([Number(generation), service_hash]).toEqual([2, log.at(-1)?.link?.hash])
    expect(explanation).toMatchObject({ generation, service_hash })
    const { revisions } = await call('listRevisions', { view: 'FULL' })
    expect(revisions).toMatchObject(Array(2).fill({ generation, service_hash }))
  })

  describe('the default', () => {
    test('the explanation of a default names the policy that chose it at registration', async () => {
      await register('1.0.0', '1.1.0', '1.0.1')
      expect(await explain()).toEqual({
        tag: '1.1.0',
        rule: 'DEFAULT_BY_POLICY',
        description: expect.stringMatching(
          new RegExp(`"latest-semver".*${service().namespace}/${service().name}:1\\.1\\.0.*registered`),
        ),
      })
    })

    test('the explanation of a requested default names the registration and the higher versions', async () => {
      await registerWith('1.0.0', true)
      await registerWith('2.0.0', false)
      expect(await explain()).toEqual({
        tag: '1.0.0',
        rule: 'DEFAULT_BY_REGISTRATION',
        description: expect.stringMatching(/registration of .*:1\.0\.0 had is_default true/),
        rejected: [{ revision_tag: '2.0.0', reason: expect.stringMatching(/registration had is_default false/) }],
      })
    })

    test('the explanation of a requested default names the registration even if the policy agrees', async () => {
      await register('1.0.0')
      await registerWith('2.0.0', true)
      expect(await explain()).toMatchObject({ tag: '2.0.0', rule: 'DEFAULT_BY_REGISTRATION' })
      await register('3.0.0')
      expect(await explain()).toMatchObject({ tag: '3.0.0', rule: 'DEFAULT_BY_POLICY' })
    })

    test('the explanation of a default that was set by hand has the reason and the better versions', async () => {
      await register('1.0.0', '1.1.0', '2.0.0-rc.1', '1.2.0')
      await call('yank', { revision_tag: '1.2.0', reason: 'loses data' })
      await call('setDefault', { revision_tag: '1.0.0', reason: 'the others answer too late' })
      expect(await explain()).toEqual({
        tag: '1.0.0',
        rule: 'DEFAULT_BY_HAND',
        description: expect.stringMatching(/:1\.0\.0 .*by hand.*the others answer too late/),
        rejected: [
          { revision_tag: '2.0.0-rc.1', reason: expect.stringMatching(/set by hand/) },
          { revision_tag: '1.2.0', reason: expect.stringMatching(/yanked: loses data/) },
          { revision_tag: '1.1.0', reason: expect.stringMatching(/set by hand/) },
        ],
      })
    })

    test('the explanation of a default that was set by hand without a reason says so', async () => {
      await register('1.0.0')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await explain()).toEqual({
        tag: '1.0.0',
        rule: 'DEFAULT_BY_HAND',
        description: expect.stringMatching(/by hand\.$/),
      })
    })

    test('the explanation of a default says that the policy chose it after a yank', async () => {
      await register('1.0.0', '1.1.0', '2.0.0')
      await call('yank', { revision_tag: '2.0.0', reason: 'loses data' })
      expect(await explain()).toEqual({
        tag: '1.1.0',
        rule: 'DEFAULT_AFTER_YANK',
        description: expect.stringMatching(/yanked.*"latest-semver".*:1\.1\.0/),
        rejected: [{ revision_tag: '2.0.0', reason: expect.stringMatching(/yanked: loses data/) }],
      })
    })

    test('the explanation of a default changes with each rule that moves the default', async () => {
      await register('1.0.0', '1.1.0')
      await call('setDefault', { revision_tag: '1.1.0', reason: 'as it was' })
      expect(await explain()).toMatchObject({ tag: '1.1.0', rule: 'DEFAULT_BY_HAND' })
      await call('yank', { revision_tag: '1.1.0' })
      expect(await explain()).toMatchObject({ tag: '1.0.0', rule: 'DEFAULT_AFTER_YANK' })
      await register('1.2.0')
      expect(await explain()).toMatchObject({ tag: '1.2.0', rule: 'DEFAULT_BY_POLICY' })
      await call('clearDefault')
      await registerWith('0.1.0', true)
      expect(await explain()).toMatchObject({ tag: '0.1.0', rule: 'DEFAULT_BY_REGISTRATION' })
    })

    test('the explanation of a default does not change with other changes of the service', async () => {
      await register('1.0.0')
      await call('setDefault', { revision_tag: '1.0.0', reason: 'by us' })
      const before = await explain()
      await registerWith('0.9.0', false)
      await call('updateRevision', { revision_tag: '1.0.0', labels: { tier: 'web' } })
      await call('deprecate', { revision_tag: '1.0.0', message: 'old' })
      await call('setAlias', { alias: 'stable', revision_tag: '1.0.0' })
      await call('yank', { revision_tag: '0.9.0' })
      expect(await explain()).toEqual(before)
    })

    test('the explanation of a default counts only versions as better than it', async () => {
      await register('1.0.0', 'main', 'zeta')
      expect((await explain()).rejected).toBeUndefined()
      await call('setDefault', { revision_tag: 'main' })
      expect((await explain()).rejected).toEqual([{ revision_tag: '1.0.0', reason: expect.any(String) }])
    })
  })

  describe('selectors', () => {
    test('the explanation for a tag says that the request names the tag', async () => {
      await register('1.0.0', '2.0.0')
      expect(await explain({ revision_tag: '1.0.0' })).toEqual({
        tag: '1.0.0',
        rule: 'REVISION_TAG',
        description: expect.stringMatching(/request names 1\.0\.0/),
      })
    })

    test('the explanation for a tag is the same if the revision is the default or is yanked', async () => {
      await register('1.0.0')
      expect(await explain({ revision_tag: '1.0.0' })).toMatchObject({ rule: 'REVISION_TAG' })
      await call('yank', { revision_tag: '1.0.0' })
      expect(await explain({ revision_tag: '1.0.0' })).toMatchObject({ rule: 'REVISION_TAG' })
    })

    test('the explanation for a range says that the revision is the highest of the range', async () => {
      await register('1.0.0', '1.1.0')
      expect(await explain({ version_range: '^1' })).toEqual({
        tag: '1.1.0',
        rule: 'VERSION_RANGE',
        description: expect.stringMatching(/1\.1\.0 is the highest .*"\^1"/),
      })
    })

    test('the explanation for a fixed alias names the alias', async () => {
      await register('1.0.0', '2.0.0')
      await call('setAlias', { alias: 'stable', revision_tag: '1.0.0' })
      expect(await explain({ alias: 'stable' })).toEqual({
        tag: '1.0.0',
        rule: 'ALIAS_FIXED',
        description: expect.stringMatching(/"stable" is fixed to 1\.0\.0/),
      })
    })

    test('the explanation for a range alias names the alias, its range and the better versions', async () => {
      await register('1.0.0', '1.1.0', '2.0.0', '1.2.0')
      await call('yank', { revision_tag: '1.2.0' })
      await call('setAlias', { alias: 'stable', follows: '^1' })
      expect(await explain({ alias: 'stable' })).toEqual({
        tag: '1.1.0',
        rule: 'ALIAS_FOLLOWS',
        description: expect.stringMatching(/"stable" follows the range "\^1", and 1\.1\.0 is/),
        rejected: [
          { revision_tag: '1.2.0', reason: expect.stringMatching(/yanked/) },
          { revision_tag: '2.0.0', reason: expect.stringMatching(/outside the range "\^1"/) },
        ],
      })
    })

    test('the explanation for a range alias takes include_prerelease into account', async () => {
      await register('1.0.0', '2.0.0-rc.1', '2.0.0-rc.2', '3.0.0')
      await call('yank', { revision_tag: '2.0.0-rc.2' })
      await call('setAlias', { alias: 'next', follows: '<3', include_prerelease: true })
      await call('setAlias', { alias: 'stable', follows: '<3' })
      const [yanked, outside, unnamed] = [/yanked/, /outside/, /pre-release/].map((reason) =>
        expect.stringMatching(reason),
      )
      // Revisions in the range come first.
      expect((await explain({ alias: 'next' })).rejected).toEqual([
        { revision_tag: '2.0.0-rc.2', reason: yanked },
        { revision_tag: '3.0.0', reason: outside },
      ])
      expect((await explain({ alias: 'stable' })).rejected).toEqual([
        { revision_tag: '3.0.0', reason: outside },
        { revision_tag: '2.0.0-rc.2', reason: yanked },
        { revision_tag: '2.0.0-rc.1', reason: unnamed },
      ])
    })
  })
})
