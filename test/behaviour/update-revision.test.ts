import { describe, expect, test } from 'vitest'
import { apis, type Fields } from '../support/api.ts'
import { startInProcess } from '../support/in-process.ts'
import { expectRefusal } from '../support/refusals.ts'
import { sqliteStorage } from '../support/storage.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'

const before = {
  labels: { tier: 'web' },
  endpoints: [{ protocol: 'grpc', uri: 'grpc://a', metadata: { zone: '1' } }],
  description: 'the first',
  documentation_uri: 'https://docs.example.com/1',
}
const after = {
  labels: { tier: 'api', region: 'eu' },
  endpoints: [{ protocol: 'https', uri: 'https://b' }],
  description: 'the second',
  documentation_uri: 'https://docs.example.com/2',
}
const source = { commit: '0a1b2c3' }
const without = (field: string) => Object.fromEntries(Object.entries(before).filter(([name]) => name !== field))

describeBehaviour('UpdateRevision', ({ call, register, service }) => {
  const update = (request: Fields) => call('updateRevision', { revision_tag: '1.2.9', ...request })
  const full = async (revision_tag = '1.2.9') => {
    const { revision } = await call('get', { revision_tag, view: 'FULL' })
    // These are facts about the service.
    const { generation: _, service_hash: __, ...rest } = revision as Fields
    return rest as { etag: string; service_etag: string; register_time: string }
  }

  async function expectUpdate(request: Fields, expected: Fields) {
    await call('register', { revision_tag: '1.2.9', ...before, source })
    const revision = { ...service(), revision_tag: '1.2.9', is_default: true, ...expected, source }
    expect(await update(request)).toEqual({ revision })
    for (const selector of [{}, { revision_tag: '1.2.9' }, { version_range: '*' }]) {
      expect(await call('get', selector)).toEqual({ revision })
    }
    expect((await call('listRevisions')).revisions).toEqual([revision])
  }

  describe('without a mask', () => {
    test.for([
      [{ labels: after.labels }, 'all labels are replaced'],
      [{ endpoints: after.endpoints }, 'all endpoints are replaced'],
      [{ description: after.description }, 'the description'],
      [{ documentation_uri: after.documentation_uri }, 'the documentation URI'],
      [{ labels: after.labels, description: after.description }, 'two fields'],
      [after, 'all four fields'],
    ] as const)('UpdateRevision without a mask changes the given fields only: %j (%s)', ([request]) =>
      expectUpdate(request, { ...before, ...request }),
    )

    test('UpdateRevision without a mask counts empty fields as absent', () =>
      expectUpdate({ labels: {}, endpoints: [], description: '', documentation_uri: '' }, before))

    test('UpdateRevision without a mask and without fields changes nothing', () => expectUpdate({}, before))
  })

  describe('with a mask', () => {
    test.for([
      ['labels', { ...before, labels: after.labels }, 'one field'],
      ['endpoints', { ...before, endpoints: after.endpoints }, 'one field'],
      ['description', { ...before, description: after.description }, 'one field'],
      ['documentationUri', { ...before, documentation_uri: after.documentation_uri }, 'one field'],
      ['labels,description', { ...before, labels: after.labels, description: after.description }, 'two fields'],
      ['description,documentationUri,endpoints,labels', after, 'all fields, in any order'],
      ['labels,labels', { ...before, labels: after.labels }, 'a field twice'],
      ['*', after, 'a star for all'],
    ] as const)(
      'UpdateRevision with the mask %s changes only those of the given fields, to %j (%s)',
      ([update_mask, expected]) => expectUpdate({ ...after, update_mask }, expected),
    )

    test.for([
      ['labels', without('labels'), 'no labels'],
      ['endpoints', without('endpoints'), 'no endpoints'],
      ['description', without('description'), 'no description'],
      ['documentationUri', without('documentation_uri'), 'no documentation URI'],
      ['*', {}, 'no information'],
    ] as const)(
      'UpdateRevision with the mask %s and no values clears those fields, which leaves %j (%s)',
      ([update_mask, expected]) => expectUpdate({ update_mask }, expected),
    )

    test('UpdateRevision with a mask can clear and set fields in one request', () =>
      expectUpdate(
        { description: after.description, update_mask: 'labels,description' },
        { ...without('labels'), description: after.description },
      ))

    test('an empty update_mask counts as absent', () => expectUpdate({ ...after, update_mask: '' }, after))

    test('a revision whose information is all cleared is answered with four keys again', async () => {
      await call('register', { revision_tag: '1.2.9', ...before })
      await update({ update_mask: '*' })
      const keys = ['namespace', 'name', 'revision_tag', 'is_default']
      expect(Object.keys((await call('get')).revision as object)).toEqual(keys)
    })

    test.for([
      ['source', 'only a registration sets it'],
      ['state', 'other methods change it'],
      ['revisionTag', 'the tag never changes'],
      ['isDefault', 'other methods change it'],
      ['labels.tier', 'it is a part of a field'],
      ['bogus', 'there is no such field'],
      ['labels,bogus', 'one of the fields does not exist'],
      ['*,bogus', 'a star allows no other field'],
    ] as const)('UpdateRevision refuses the mask %s and changes nothing (%s)', async ([update_mask]) => {
      await call('register', { revision_tag: '1.2.9', ...before })
      const stored = await full()
      await expectRefusal(update({ ...after, update_mask }), {
        code: 'invalid_argument',
        reason: 'INVALID_UPDATE_MASK',
        field: 'update_mask',
        message: /labels, endpoints, description, documentation_uri/,
      })
      expect(await full()).toEqual(stored)
    })
  })

  describe('with set_labels and remove_labels', () => {
    const merged = (labels: Fields) => ({ ...before, labels })

    test.for([
      [{ set_labels: { region: 'eu' } }, { tier: 'web', region: 'eu' }, 'adds a label'],
      [{ set_labels: { tier: 'api' } }, { tier: 'api' }, 'changes a label'],
      [{ set_labels: { tier: '' } }, { tier: '' }, 'sets the empty value'],
      [{ set_labels: { region: 'eu' }, remove_labels: ['tier'] }, { region: 'eu' }, 'adds one and removes another'],
      [{ remove_labels: ['region'] }, { tier: 'web' }, 'ignores a name that the revision does not have'],
      [{ set_labels: {}, remove_labels: [] }, { tier: 'web' }, 'leaves the labels if both are empty'],
    ] as const)('UpdateRevision with %j makes the labels %j, because it %s', ([request, labels]) =>
      expectUpdate(request, merged(labels)),
    )

    test('remove_labels can remove the last label', () => expectUpdate({ remove_labels: ['tier'] }, without('labels')))

    test('set_labels and remove_labels work together with a mask for other fields', () =>
      expectUpdate(
        { ...{ set_labels: { region: 'eu' }, description: after.description }, update_mask: 'description' },
        { ...merged({ tier: 'web', region: 'eu' }), description: after.description },
      ))

    test('set_labels keeps the labels that another update sets at the same time', async () => {
      await call('register', { revision_tag: '1.2.9', ...before })
      const names = ['a', 'b', 'c', 'd']
      await Promise.all(names.map((name) => update({ set_labels: { [name]: 'x' } })))
      const { labels } = (await call('get')).revision as { labels: Fields }
      expect(labels).toEqual({ tier: 'web', ...Object.fromEntries(names.map((name) => [name, 'x'])) })
    })

    test('set_labels is refused if the revision would have too many labels, and nothing changes', async () => {
      const labels = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`l${index}`, 'x']))
      await call('register', { revision_tag: '1.2.9', labels })
      const stored = await full()
      await expectRefusal(update({ set_labels: { more: 'x' } }), { code: 'invalid_argument', reason: 'INVALID_LABELS' })
      expect(await full()).toEqual(stored)
    })
  })

  describe('effects of UpdateRevision', () => {
    test('UpdateRevision changes the etag of the revision only, and nothing else in the service', async () => {
      await register('1.2.9', '1.3.0')
      const [old, other] = [await full(), await full('1.3.0')]
      await update({ description: 'the second' })
      const { etag, ...rest } = await full()
      expect({ ...rest, etag: old.etag }).toEqual({ ...old, description: 'the second' })
      expect(etag).not.toBe(old.etag)
      expect(await full('1.3.0')).toEqual(other)
      expect(await call('get')).toHaveProperty('revision.revision_tag', '1.3.0')
    })

    test('label selectors go by the updated labels', async () => {
      await register('1.2.9', '1.3.0')
      await update({ labels: { tier: 'web' } })
      const byLabel = (label_selector: string) => call('get', { version_range: '*', label_selector })
      expect(await byLabel('tier=web')).toHaveProperty('revision.revision_tag', '1.2.9')
      await update({ update_mask: 'labels' })
      await expectRefusal(byLabel('tier=web'), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
    })

    test('UpdateRevision does not move an alias or the default', async () => {
      await register('1.2.9', '1.3.0')
      await call('setAlias', { alias: 'old', revision_tag: '1.2.9' })
      await call('setDefault', { revision_tag: '1.2.9' })
      const { revision } = await update({ labels: { tier: 'web' } })
      expect(revision).toMatchObject({ is_default: true, labels: { tier: 'web' } })
      expect(await call('get')).toEqual({ revision })
      expect(await call('get', { alias: 'old' })).toEqual({ revision })
    })

    test('a yanked revision can be updated and stays yanked', async () => {
      await register('1.2.9')
      await call('yank', { revision_tag: '1.2.9', reason: 'broken' })
      const { revision } = await update({ description: 'do not use' })
      expect(revision).toMatchObject({ description: 'do not use', state: 'YANKED', yank: { reason: 'broken' } })
      expect(await call('get', { revision_tag: '1.2.9' })).toEqual({ revision })
    })

    test('UpdateRevision with validate_only answers the result and changes nothing', async () => {
      await register('1.2.9')
      const stored = await full()
      expect((await update({ ...after, validate_only: true })).revision).toMatchObject(after)
      expect(await full()).toEqual(stored)
    })

    test('UpdateRevision refuses an earlier etag of the revision and accepts the current one', async () => {
      await register('1.2.9')
      const { etag } = await full()
      await update({ description: 'the first', etag })
      const stored = await full()
      await expectRefusal(update({ description: 'the second', etag }), { code: 'aborted', reason: 'ETAG_MISMATCH' })
      expect(await full()).toEqual(stored)
      expect(stored).toHaveProperty('description', 'the first')
    })
  })

  test.for([
    ['1.2.9', 'SERVICE_NOT_FOUND'],
    ['9.9.9', 'REVISION_NOT_FOUND'],
  ] as const)('UpdateRevision of %s is refused with the reason %s', async ([revision_tag, reason]) => {
    if (revision_tag !== '1.2.9') await register('1.2.9')
    const refusal = { code: 'not_found', reason } as const
    await expectRefusal(update({ ...after, revision_tag }), refusal)
    await expectRefusal(call('get', { revision_tag }), refusal)
  })
})

// The clients of the other protocols refuse such a mask themselves, because a mask in JSON has its paths in camel case.
test('UpdateRevision over REST accepts a mask in snake case, the spelling of every other name in REST', async () => {
  const storage = await sqliteStorage()
  const server = await startInProcess(storage)
  const update = apis.REST?.(server.url).call('updateRevision', {
    ...{ namespace: 'my-org', name: 'my-service', revision_tag: '1.2.9', update_mask: 'revision_tag' },
  })
  await expectRefusal(update ?? Promise.resolve(), {
    code: 'invalid_argument',
    reason: 'INVALID_UPDATE_MASK',
    field: 'update_mask',
    message: /update_mask names "revision_tag"; name labels, endpoints, description, documentation_uri, or \*/,
  })
  await server.close()
  await storage.remove()
})
