import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

const exactly = (text: string) => new RegExp(`^${text.replaceAll(/[.()^]/g, '\\$&')}$`)

describeRule('the replacement of a deprecated revision', (subject) => {
  const { call, register } = subject
  const { etag, everything, revision } = looking(subject)
  const deprecate = (revision_tag: string, replacement?: string) =>
    call('deprecate', { revision_tag, ...(replacement && { replacement }) })
  const expectRefused = async (change: () => Promise<Fields>, expected: Parameters<typeof expectRefusal>[1]) => {
    const before = await everything()
    await expectRefusal(change(), expected)
    expect(await everything()).toEqual(before)
  }

  test.for([
    [['1.1.0', '1.0.0'], '1.0.0 → 1.1.0 → 1.0.0', '1.1.0'],
    [['1.1.0', '1.2.0', '1.3.0', '1.0.0'], '1.0.0 → 1.1.0 → 1.2.0 → 1.3.0 → 1.0.0', '1.1.0'],
  ] as const)('Deprecate refuses a replacement that leads back to the revision by %j', async ([chain, text, first]) => {
    await register('1.0.0', '1.1.0', '1.2.0', '1.3.0')
    for (const [index, tag] of chain.slice(0, -1).entries()) await deprecate(tag, chain[index + 1])
    await expectRefused(() => deprecate('1.0.0', first), {
      ...{ code: 'failed_precondition', reason: 'REPLACEMENT_CYCLE', field: 'replacement' },
      message: exactly(
        `replacement "${first}" leads back to "1.0.0" (${text}); choose a revision that is not replaced by it.`,
      ),
    })
    await deprecate('1.1.0')
    await deprecate('1.0.0', first)
  })

  test('a replacement that is deprecated itself is allowed if it does not lead back', async () => {
    await register('1.0.0', '1.1.0', '1.2.0')
    await deprecate('1.1.0', '1.2.0')
    await deprecate('1.0.0', '1.1.0')
    expect((await revision({ revision_tag: '1.0.0' })).deprecation).toEqual({ replacement: '1.1.0' })
    await deprecate('1.1.0', '1.2.0')
  })

  test('a revision that deprecated revisions name as their replacement cannot be deleted until they name another', async () => {
    await register('1.0.0', '1.1.0', '1.2.0', '2.0.0')
    for (const tag of ['1.0.0', '1.1.0']) await deprecate(tag, '1.2.0')
    await call('yank', { revision_tag: '1.2.0' })
    const remove = async () => call('deleteRevision', { revision_tag: '1.2.0', etag: await etag('1.2.0') })
    await expectRefused(remove, {
      ...{ code: 'failed_precondition', reason: 'REVISION_IN_USE', field: 'revision_tag' },
      message: exactly(
        'revision_tag "1.2.0" is the replacement of "1.1.0" and "1.0.0"; name another replacement in each deprecation, ' +
          'or remove it, before you delete the revision.',
      ),
    })
    await call('undeprecate', { revision_tag: '1.0.0' })
    await deprecate('1.1.0', '2.0.0')
    await remove()
  })

  test('a revision can be deleted if the revision that it replaces is deleted', async () => {
    await register('1.0.0', '1.1.0', '2.0.0')
    await deprecate('1.0.0', '1.1.0')
    for (const tag of ['1.0.0', '1.1.0']) {
      await call('yank', { revision_tag: tag })
      await call('deleteRevision', { revision_tag: tag, etag: await etag(tag) })
    }
  })

  test('Yank warns of the revisions that name the revision as their replacement, also in advance and if it is repeated', async () => {
    await register('1.0.0', '1.1.0', '1.2.0', '2.0.0')
    for (const tag of ['1.0.0', '1.1.0']) await deprecate(tag, '1.2.0')
    const effect = {
      moved: 0,
      warnings: [
        'The yanked revision "1.2.0" is the replacement of "1.1.0" and "1.0.0"; name another replacement in each ' +
          'deprecation, or remove it.',
      ],
    }
    const yank = { revision_tag: '1.2.0', request_id: 'yank-1' }
    expect((await call('yank', { ...yank, validate_only: true })).revision).toMatchObject({ effect })
    const first = await call('yank', yank)
    expect(first.revision).toMatchObject({ effect })
    await deprecate('1.1.0', '2.0.0')
    expect(await call('yank', yank)).toEqual(first)
    expect((await call('yank', { revision_tag: '1.1.0' })).revision).not.toHaveProperty('effect')
  })

  test('Deprecate warns if the revision is the default', async () => {
    await register('1.0.0', '1.1.0')
    const warnings = [
      'The deprecated revision "1.1.0" is the default; set another default for callers that name no revision.',
    ]
    for (const validate_only of [true, false]) {
      const answer = await call('deprecate', { revision_tag: '1.1.0', validate_only })
      expect(answer.revision).toMatchObject({ effect: { moved: 0, warnings } })
    }
    expect((await deprecate('1.0.0', '1.1.0')).revision).not.toHaveProperty('effect')
  })
})
