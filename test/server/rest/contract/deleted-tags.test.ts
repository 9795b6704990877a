import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../support/api.ts'
import { describeOn, type Subject } from '../../../support/behaviour.ts'
import { expectRefusal } from '../../../support/refusals.ts'
import { sqliteStorage } from '../../../support/storage.ts'
import { fourProtocols } from './requests.ts'

const content = { revision_tag: '2.0.0', labels: { tier: 'web' }, description: 'the second' }
const deleted = { code: 'already_exists', reason: 'REVISION_DELETED' } as const

function deletedTagTests({ call, register, service, api }: Subject): void {
  const remove = async (revision_tag: string) => {
    await call('yank', { revision_tag })
    const { revision } = await call('get', { revision_tag, view: 'FULL' })
    await call('deleteRevision', { revision_tag, etag: (revision as Fields).etag })
  }
  const everything = async () => [
    await call('listRevisions', { view: 'FULL' }),
    await call('listAliases'),
    await call('get'),
  ]

  test.for<[string, Fields]>([
    ['the same content', content],
    ['other content', { ...content, description: 'another' }],
    ['is_default true', { ...content, is_default: true }],
    ['validate_only', { ...content, validate_only: true }],
    ['a new request_id', { ...content, request_id: 'again' }],
  ])('a deleted tag is not registered again with %s', async ([, request]) => {
    await register('1.0.0')
    await call('setAlias', { alias: 'next', follows: '>=1' })
    await call('register', content)
    await remove('2.0.0')
    const before = await everything()
    await expectRefusal(call('register', request), deleted)
    expect(await everything()).toEqual(before)
    await expectRefusal(call('get', { revision_tag: '2.0.0' }), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
  })

  test('the tag of the only revision stays deleted with its service, and other tags are free', async () => {
    await call('register', content)
    await remove('2.0.0')
    await expectRefusal(call('register', content), deleted)
    await expectRefusal(call('get'), { code: 'not_found', reason: 'SERVICE_NOT_FOUND' })
    await register('3.0.0')
    await expectRefusal(call('register', content), deleted)
    expect((await call('get')).revision).toMatchObject({ revision_tag: '3.0.0' })
  })

  test('another tag of the same version as a deleted tag can be registered', async () => {
    await register('1.0.0')
    await call('register', content)
    await remove('2.0.0')
    await register('v2.0.0')
    expect((await call('get')).revision).toMatchObject({ revision_tag: 'v2.0.0' })
  })

  test('a deletion that was only validated deletes no tag', async () => {
    await register('1.0.0')
    await call('register', content)
    await call('yank', { revision_tag: '2.0.0' })
    const { revision } = await call('get', { revision_tag: '2.0.0', view: 'FULL' })
    const { etag } = revision as Fields
    await call('deleteRevision', { revision_tag: '2.0.0', etag, validate_only: true })
    const { revision: again } = await call('register', content)
    expect(again).toMatchObject({ revision_tag: '2.0.0', state: 'YANKED' })
  })

  test('the tag of a deleted revision is free in every other service', async () => {
    await register('1.0.0')
    await call('register', content)
    await remove('2.0.0')
    const other = { ...content, name: `${service().name}-other` }
    expect((await api().call('register', { ...service(), ...other })).revision).toMatchObject({ revision_tag: '2.0.0' })
  })
}

describe('the tag of a deleted revision', () => {
  describeOn(sqliteStorage, fourProtocols, deletedTagTests)
})
