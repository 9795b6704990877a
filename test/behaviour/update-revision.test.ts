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
    return revision as { etag: string; service_etag: string; register_time: string }
  }

  async function expectUpdate(request: Fields, expected: Fields) {
    await call('register', { revision_tag: '1.2.9', ...before, source })
    const revision = { ...service(), revision_tag: '1.2.9', is_default: true, ...expected, source }
    expect(await update(request)).toEqual({ revision })
    for (const selector of [{}, { revision_tag: '1.2.9' }, { version_range: '*' }]) {
      expect(await call('get', selector)).toEqual({ revision })
    }
    expect(await call('listRevisions')).toEqual({ revisions: [revision] })
  }

  describe('without a mask', () => {
    test.for([
      [{ labels: after.labels }, 'labels, as a whole: none of the old ones stays'],
      [{ endpoints: after.endpoints }, 'endpoints, as a whole'],
      [{ description: after.description }, 'the description'],
      [{ documentation_uri: after.documentation_uri }, 'the documentation URI'],
      [{ labels: after.labels, description: after.description }, 'two of them'],
      [after, 'all four'],
    ] as const)('changes what the request has, and nothing else: %j, %s', ([request]) =>
      expectUpdate(request, { ...before, ...request }),
    )

    test('takes what is empty for absent', () =>
      expectUpdate({ labels: {}, endpoints: [], description: '', documentation_uri: '' }, before))

    test('UpdateRevision without a mask changes nothing where the request has nothing', () => expectUpdate({}, before))
  })

  describe('with a mask', () => {
    test.for([
      ['labels', { ...before, labels: after.labels }, 'one field'],
      ['endpoints', { ...before, endpoints: after.endpoints }, 'one field'],
      ['description', { ...before, description: after.description }, 'one field'],
      ['documentationUri', { ...before, documentation_uri: after.documentation_uri }, 'one field'],
      ['labels,description', { ...before, labels: after.labels, description: after.description }, 'two fields'],
      ['description,documentationUri,endpoints,labels', after, 'all of them, in any order'],
      ['labels,labels', { ...before, labels: after.labels }, 'a field twice'],
      ['*', after, 'a star for all'],
    ] as const)('%s changes what it names, though the request has all: %j, %s', ([update_mask, expected]) =>
      expectUpdate({ ...after, update_mask }, expected),
    )

    test.for([
      ['labels', without('labels'), 'no labels'],
      ['endpoints', without('endpoints'), 'no endpoints'],
      ['description', without('description'), 'no description'],
      ['documentationUri', without('documentation_uri'), 'no documentation URI'],
      ['*', {}, 'none of them; the source can not be changed'],
    ] as const)('%s clears what it names and the request does not have: %j, %s', ([update_mask, expected]) =>
      expectUpdate({ update_mask }, expected),
    )

    test('UpdateRevision with a mask clears and sets in one request', () =>
      expectUpdate(
        { description: after.description, update_mask: 'labels,description' },
        { ...without('labels'), description: after.description },
      ))

    test('an empty mask is as an absent one', () => expectUpdate({ ...after, update_mask: '' }, after))

    test('a revision that is cleared of all answers with four keys again', async () => {
      await call('register', { revision_tag: '1.2.9', ...before })
      await update({ update_mask: '*' })
      const keys = ['namespace', 'name', 'revision_tag', 'is_default']
      expect(Object.keys((await call('get')).revision as object)).toEqual(keys)
    })

    test.for([
      ['source', 'what only a registration gives'],
      ['state', 'what has methods of its own'],
      ['revisionTag', 'the name of a revision'],
      ['isDefault', 'what has methods of its own'],
      ['labels.tier', 'a part of a field'],
      ['bogus', 'nothing'],
      ['labels,bogus', 'nothing, beside a field'],
      ['*,bogus', 'nothing, beside a star'],
    ] as const)('UpdateRevision with a mask refuses %s, and changes nothing: %s', async ([update_mask]) => {
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
    ] as const)('%j makes the labels %j: it %s', ([request, labels]) => expectUpdate(request, merged(labels)))

    test('removes the last label', () => expectUpdate({ remove_labels: ['tier'] }, without('labels')))

    test('changes other fields in the same request, by their mask, too', () =>
      expectUpdate(
        { ...{ set_labels: { region: 'eu' }, description: after.description }, update_mask: 'description' },
        { ...merged({ tier: 'web', region: 'eu' }), description: after.description },
      ))

    test('keeps the labels that another update sets at the same time', async () => {
      await call('register', { revision_tag: '1.2.9', ...before })
      const names = ['a', 'b', 'c', 'd']
      await Promise.all(names.map((name) => update({ set_labels: { [name]: 'x' } })))
      const { labels } = (await call('get')).revision as { labels: Fields }
      expect(labels).toEqual({ tier: 'web', ...Object.fromEntries(names.map((name) => [name, 'x'])) })
    })

    test('refuses more labels than a revision may have, and changes nothing', async () => {
      const labels = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`l${index}`, 'x']))
      await call('register', { revision_tag: '1.2.9', labels })
      const stored = await full()
      await expectRefusal(update({ set_labels: { more: 'x' } }), { code: 'invalid_argument', reason: 'INVALID_LABELS' })
      expect(await full()).toEqual(stored)
    })
  })

  describe('beside what it changes', () => {
    test('gives the revision another etag, and leaves the rest of it, its service and the others alone', async () => {
      await register('1.2.9', '1.3.0')
      const [old, other] = [await full(), await full('1.3.0')]
      await update({ description: 'the second' })
      const { etag, ...rest } = await full()
      expect({ ...rest, etag: old.etag }).toEqual({ ...old, description: 'the second' })
      expect(etag).not.toBe(old.etag)
      expect(await full('1.3.0')).toEqual(other)
      expect(await call('get')).toHaveProperty('revision.revision_tag', '1.3.0')
    })

    test('is what label selectors go by from then on', async () => {
      await register('1.2.9', '1.3.0')
      await update({ labels: { tier: 'web' } })
      const byLabel = (label_selector: string) => call('get', { version_range: '*', label_selector })
      expect(await byLabel('tier=web')).toHaveProperty('revision.revision_tag', '1.2.9')
      await update({ update_mask: 'labels' })
      await expectRefusal(byLabel('tier=web'), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
    })

    test('leaves an alias and the default where they point', async () => {
      await register('1.2.9', '1.3.0')
      await call('setAlias', { alias: 'old', revision_tag: '1.2.9' })
      await call('setDefault', { revision_tag: '1.2.9' })
      const { revision } = await update({ labels: { tier: 'web' } })
      expect(revision).toMatchObject({ is_default: true, labels: { tier: 'web' } })
      expect(await call('get')).toEqual({ revision })
      expect(await call('get', { alias: 'old' })).toEqual({ revision })
    })

    test('works for a revision that is yanked, which stays that', async () => {
      await register('1.2.9')
      await call('yank', { revision_tag: '1.2.9', reason: 'broken' })
      const { revision } = await update({ description: 'do not use' })
      expect(revision).toMatchObject({ description: 'do not use', state: 'YANKED', yank: { reason: 'broken' } })
      expect(await call('get', { revision_tag: '1.2.9' })).toEqual({ revision })
    })

    test('answers what it would do with validate_only, and does not do it', async () => {
      await register('1.2.9')
      const stored = await full()
      expect((await update({ ...after, validate_only: true })).revision).toMatchObject(after)
      expect(await full()).toEqual(stored)
    })

    test('refuses the etag that the revision had before, and takes the one that it has', async () => {
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
  ] as const)('does not find %s, with the reason %s', async ([revision_tag, reason]) => {
    if (revision_tag !== '1.2.9') await register('1.2.9')
    const refusal = { code: 'not_found', reason } as const
    await expectRefusal(update({ ...after, revision_tag }), refusal)
    await expectRefusal(call('get', { revision_tag }), refusal)
  })
})

// The clients of the other protocols refuse such a mask themselves: JSON has its paths in camel case.
test('UpdateRevision over REST reads a mask in snake case, as REST spells every name', async () => {
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
