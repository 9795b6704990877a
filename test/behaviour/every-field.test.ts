import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { tagsOf, tokenOf } from './pages.ts'

// These tests send a good value for each field of each request over each protocol. `bad-requests.test.ts` sends bad
// values.

const revisionIn = ({ revision }: Fields) => revision as Fields

describeOverEachProtocol('every protocol', ({ api, call, service }) => {
  const information = {
    labels: { tier: 'web', 'example.com/team': '' },
    endpoints: [{ protocol: 'grpc', uri: 'grpc://a.example:443', metadata: { region: 'eu' } }],
    description: 'Two\n\tlines, ü',
    source: { repository: 'https://git.example/a', commit: '0a1b', image_digest: 'sha256:0a1b' },
  }
  const etagOf = async (revision_tag: string) => revisionIn(await call('get', { revision_tag, view: 'FULL' })).etag
  const serviceEtag = async () => (await call('listAliases')).service_etag

  test('every protocol carries every field of Register', async () => {
    const request = { revision_tag: '1.0.0', is_default: false, ...information }
    await call('register', { ...request, validate_only: true })
    expect((await api().attempt('get', { ...service(), revision_tag: '1.0.0' })).ok).toBe(false)
    expect(revisionIn(await call('register', { ...request, request_id: 'deploy-1' }))).toMatchObject({
      revision_tag: '1.0.0',
      ...information,
    })
    expect((await call('register', request)).replayed).toBe(true)
    const reused = await api().attempt('register', { ...service(), revision_tag: '2.0.0', request_id: 'deploy-1' })
    expect(reused.ok, 'the id of the request was carried').toBe(false)
    expect((await api().attempt('get', service())).ok, 'it is not the default').toBe(false)
    expect(revisionIn(await call('get', { revision_tag: '1.0.0' }))).toMatchObject(information)
  })

  test('every protocol carries every field of Get', async () => {
    await call('register', { revision_tag: '1.0.0', labels: { tier: 'web' } })
    await call('register', { revision_tag: '1.1.0-rc.1', labels: { tier: 'web' } })
    await call('register', { revision_tag: '1.2.0', labels: { tier: 'api' } })
    await call('setAlias', { alias: 'beta', revision_tag: '1.1.0-rc.1' })
    const tag = async (request: Fields) => revisionIn(await call('get', request)).revision_tag
    expect(await tag({ revision_tag: '1.0.0' })).toBe('1.0.0')
    expect(await tag({ alias: 'beta' })).toBe('1.1.0-rc.1')
    expect(await tag({ version_range: '>=1.0.0 <1.2.0' })).toBe('1.0.0')
    expect(await tag({ version_range: '>=1.0.0 <1.2.0', include_prerelease: true })).toBe('1.1.0-rc.1')
    expect(await tag({ version_range: '^1', label_selector: 'tier in (web)' })).toBe('1.0.0')
    expect(revisionIn(await call('get', { view: 'FULL', explain: true }))).toMatchObject({
      etag: expect.any(String),
      explanation: { rule: 'DEFAULT_BY_POLICY' },
    })
  })

  test('every protocol carries every field of the changes of the default and of aliases', async () => {
    for (const revision_tag of ['1.0.0', '2.0.0']) await call('register', { revision_tag })
    const change = { revision_tag: '1.0.0', reason: 'too slow', request_id: 'set-1' }
    const { service: set } = await call('setDefault', { ...change, etag: await serviceEtag() })
    expect(set).toMatchObject({ default_revision_tag: '1.0.0' })
    const cleared = await call('clearDefault', { reason: 'none', request_id: 'clear-1', etag: await serviceEtag() })
    expect(cleared.service).not.toHaveProperty('default_revision_tag')

    const follows = { alias: 'beta', follows: '>=2.0.0-0', include_prerelease: true }
    await call('setAlias', { ...follows, validate_only: true })
    expect((await call('listAliases')).aliases ?? []).toEqual([])
    const { alias } = await call('setAlias', { ...follows, request_id: 'alias-1' })
    expect(alias).toMatchObject({ ...follows, revision_tag: '2.0.0' })
    const fixed = await call('setAlias', { alias: 'beta', revision_tag: '1.0.0', etag: (alias as Fields).etag })
    expect(fixed.alias).toMatchObject({ alias: 'beta', revision_tag: '1.0.0' })
    await call('deleteAlias', { alias: 'beta', request_id: 'alias-2', etag: (fixed.alias as Fields).etag })
    expect((await call('listAliases')).aliases ?? []).toEqual([])
  })

  test('every protocol carries every field of the changes of a revision', async () => {
    for (const revision_tag of ['1.0.0', '2.0.0']) await call('register', { revision_tag, labels: { old: 'x' } })
    const { source: _, ...changeable } = information
    const update = { revision_tag: '1.0.0', ...changeable, request_id: 'update-1' }
    await call('updateRevision', { ...update, update_mask: 'labels,description', etag: await etagOf('1.0.0') })
    const { endpoints: __, ...masked } = changeable
    expect(revisionIn(await call('get', { revision_tag: '1.0.0' }))).toMatchObject(masked)
    expect(revisionIn(await call('get', { revision_tag: '1.0.0' })).endpoints ?? []).toEqual([])

    const told = { message: 'use the new one', replacement: '2.0.0' }
    await call('deprecate', { revision_tag: '1.0.0', ...told, request_id: 'dep-1', etag: await etagOf('1.0.0') })
    expect(revisionIn(await call('get', { revision_tag: '1.0.0' }))).toMatchObject({
      state: 'DEPRECATED',
      deprecation: told,
    })
    const yank = { revision_tag: '2.0.0', reason: 'loses data', if_default: 'CLEAR', request_id: 'yank-1' }
    await call('yank', { ...yank, etag: await etagOf('2.0.0') })
    expect(revisionIn(await call('get', { revision_tag: '2.0.0' }))).toMatchObject({
      state: 'YANKED',
      yank: { reason: 'loses data' },
    })
    expect((await api().attempt('get', service())).ok, 'the default was cleared').toBe(false)
    await call('undeprecate', { revision_tag: '1.0.0' })
    await call('deleteRevision', { revision_tag: '2.0.0', request_id: 'delete-1', etag: await etagOf('2.0.0') })
    expect((await api().attempt('get', { ...service(), revision_tag: '2.0.0' })).ok).toBe(false)
  })

  test('every protocol carries every field of the lists', async () => {
    for (const revision_tag of ['1.1.0', '1.0.0', 'main']) {
      await call('register', { revision_tag, labels: { tier: 'web' } })
    }
    const filter = { label_selector: 'tier', state: 'ACTIVE', order: 'HIGHEST_VERSION_FIRST', view: 'FULL' }
    const first = await call('listRevisions', { ...filter, page_size: 1 })
    const second = await call('listRevisions', { ...filter, page_size: 1, page_token: tokenOf(first) })
    expect([tagsOf(first), tagsOf(second)]).toEqual([['1.1.0'], ['1.0.0']])
    expect(((first.revisions ?? []) as Fields[])[0]).toMatchObject({ etag: expect.any(String) })

    const { namespace, name } = service()
    const listed = await api().call('listServices', { prefix: `${namespace}/${name}`, label_selector: 'tier=web' })
    expect(listed.services).toMatchObject([{ namespace, name, default_revision_tag: '1.1.0' }])
    const other = await api().call('listServices', { prefix: `${namespace}/${name}`, label_selector: 'tier=api' })
    expect(other.services ?? []).toEqual([])
    expect((await api().call('listNamespaces', { page_size: 1 })).namespaces).toEqual(['my-org'])
    expect(await call('testPolicy', { revision_tag: '3.0.0' })).toMatchObject({ becomes_default: true })
  })
})
