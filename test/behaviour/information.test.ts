import { describe, expect, test } from 'vitest'
import { describeBehaviour } from '../support/store-behaviour.ts'

const information = {
  labels: { 'example.com/tier': 'web', region: 'eu' },
  endpoints: [
    { protocol: 'grpc', uri: 'grpc://10.0.0.1:50051', metadata: { weight: '3', 'any name, really': 'ä\n{"b": 1}' } },
    { protocol: 'https', uri: 'https://example.com/my-service?v=1#top' },
  ],
  description: 'Answers questions.\n\tIn German, too: ja. 🙂',
  documentation_uri: 'https://docs.example.com/my-service?v=1#top',
  source: { repository: 'https://example.com/my-org/my-service', commit: '0a1b2c3', image_digest: 'sha256:0a1b2c' },
}

const revisionKeys = ['namespace', 'name', 'revision_tag', 'is_default']

describeBehaviour('information with a revision', ({ call, register, service }) => {
  describe('the view BASIC', () => {
    test('a revision without information is answered with exactly four keys, in their order', async () => {
      const registered = await call('register', { revision_tag: '1.2.9' })
      const found = [
        await call('get'),
        await call('get', { revision_tag: '1.2.9' }),
        await call('get', { version_range: '^1' }),
        await call('get', { view: 'BASIC' }),
        await call('get', { view: 'VIEW_UNSPECIFIED' }),
      ]
      for (const { revision } of [registered, ...found]) {
        expect(revision).toEqual({ ...service(), revision_tag: '1.2.9', is_default: true })
        expect(Object.keys(revision as object)).toEqual(revisionKeys)
      }
    })

    test('is_default is present even if it is false', async () => {
      const { revision } = await call('register', { revision_tag: '1.2.9', is_default: false })
      expect(Object.entries(revision as object).at(-1)).toEqual(['is_default', false])
      expect(await call('get', { revision_tag: '1.2.9' })).toEqual({ revision })
    })

    test.for([
      [{ labels: {} }, 'no labels'],
      [{ endpoints: [] }, 'no endpoints'],
      [{ description: '' }, 'an empty text'],
      [{ documentation_uri: '' }, 'an empty URI'],
      [{ source: {} }, 'an empty source'],
      [{ source: { repository: '', commit: '', image_digest: '' } }, 'a source of empty texts'],
    ] as const)('the information %j counts as absent (%s)', async ([given]) => {
      const { revision } = await call('register', { revision_tag: '1.2.9', ...given })
      expect(Object.keys(revision as object)).toEqual(revisionKeys)
      expect(Object.keys((await call('get')).revision as object)).toEqual(revisionKeys)
    })

    test('Register, Get with each selector, and ListRevisions answer all information that was given', async () => {
      const expected = { ...service(), revision_tag: '1.2.9', is_default: true, ...information }
      const registered = await call('register', { revision_tag: '1.2.9', ...information })
      expect(registered.revision).toEqual(expected)
      await call('setAlias', { alias: 'stable', revision_tag: '1.2.9' })
      const selectors = [{}, { revision_tag: '1.2.9' }, { version_range: '1.x' }, { alias: 'stable' }]
      for (const selector of selectors) expect(await call('get', selector)).toEqual({ revision: expected })
      expect((await call('listRevisions')).revisions).toEqual([expected])
    })

    test.for(['labels', 'endpoints', 'description', 'source'] as const)(
      'a revision with only %s has no other additional key',
      async (part) => {
        await call('register', { revision_tag: '1.2.9', [part]: information[part] })
        const { revision } = await call('get')
        expect(revision).toHaveProperty(part, information[part])
        expect(Object.keys(revision as object)).toEqual([...revisionKeys, part])
      },
    )

    test.for(['repository', 'commit', 'image_digest'] as const)('a source may have only its %s', async (part) => {
      const source = { [part]: information.source[part] }
      await call('register', { revision_tag: '1.2.9', source })
      expect((await call('get')).revision).toHaveProperty('source', source)
    })

    test('metadata may have any name, even that of a property of every JavaScript object', async () => {
      const metadata = Object.fromEntries([
        ['constructor', '1'],
        ['__proto__', '2'],
        ['$where', '3'],
        ['a.b', '4'],
        ['10', '5'],
        ['empty', ''],
      ])
      await call('register', { revision_tag: '1.2.9', endpoints: [{ protocol: 'grpc', uri: 'grpc:a', metadata }] })
      const { revision } = await call('get')
      const [endpoint] = (revision as { endpoints: { metadata: object }[] }).endpoints
      expect(Object.entries(endpoint?.metadata ?? {}).sort()).toEqual(Object.entries(metadata).sort())
    })

    test('endpoints keep their order', async () => {
      const endpoints = ['c', 'a', 'b', 'a'].map((host) => ({ protocol: 'grpc', uri: `grpc://${host}` }))
      await call('register', { revision_tag: '1.2.9', endpoints })
      expect((await call('get')).revision).toHaveProperty('endpoints', endpoints)
    })
  })

  describe('the view FULL', () => {
    test('the view FULL adds who registered the revision and when, its state, the etags and the topic', async () => {
      const before = Date.now()
      await call('register', { revision_tag: '1.2.9', ...information })
      const { revision } = await call('get', { view: 'FULL' })
      expect(revision).toEqual({
        ...{ ...service(), revision_tag: '1.2.9', is_default: true, ...information },
        state: 'ACTIVE',
        register_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
        registered_by: expect.stringMatching(/./),
        etag: expect.stringMatching(/./),
        service_etag: expect.stringMatching(/./),
        generation: '1',
        service_hash: expect.stringMatching(/^[\w-]{43}$/),
        pub_sub_topic: `octue.services.${service().namespace}.${service().name}.1-2-9`,
      })
      const registered = Date.parse((revision as { register_time: string }).register_time)
      expect(registered).toBeGreaterThanOrEqual(before)
      expect(registered).toBeLessThanOrEqual(Date.now())
    })

    test.for([
      ['1.2.9', '1-2-9', 'dots'],
      ['v2.0.0-rc.1', 'v2-0-0-rc-1', 'every dot and no other character'],
      ['Feature_x', 'Feature_x', 'a tag that is not a version'],
    ] as const)('the topic of the tag %s ends with %s (%s)', async ([revision_tag, end]) => {
      await call('register', { revision_tag })
      const { revision } = await call('get', { revision_tag, view: 'FULL' })
      const { namespace, name } = service()
      expect(revision).toHaveProperty('pub_sub_topic', `octue.services.${namespace}.${name}.${end}`)
    })

    test('a revision has no topic if the topic would have more than 255 characters', async () => {
      const [longest, tooLong] = [110, 111].map((length) => 't'.repeat(length)) as [string, string]
      // 145 characters come before the tag: "octue.services.", 113 of the namespace, 15 of the name, and two dots.
      const long = { namespace: `n${service().name.padStart(112, 'n')}`, name: 'my-long-service' }
      for (const revision_tag of [longest, tooLong]) await call('register', { ...long, revision_tag })
      const topic = async (revision_tag: string) => {
        const { revision } = await call('get', { ...long, revision_tag, view: 'FULL' })
        return (revision as { pub_sub_topic?: string }).pub_sub_topic
      }
      expect(await topic(longest)).toHaveLength(255)
      expect(await topic(tooLong)).toBeUndefined()
    })

    test('each revision has its own etag, and all have the same etag of the service', async () => {
      await register('1.0.0', '1.1.0')
      const full = async (revision_tag: string) => {
        const { revision } = await call('get', { revision_tag, view: 'FULL' })
        return revision as { etag: string; service_etag: string }
      }
      const [older, newer] = [await full('1.0.0'), await full('1.1.0')]
      expect(older.etag).not.toBe(newer.etag)
      expect(older.service_etag).toBe(newer.service_etag)
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await full('1.0.0'), 'is_default is no part of it').toHaveProperty('etag', older.etag)
      expect((await full('1.0.0')).service_etag).not.toBe(older.service_etag)
    })

    test('the view FULL leaves out information that was not given', async () => {
      await register('1.2.9')
      const { revision } = await call('get', { view: 'FULL' })
      for (const part of Object.keys(information)) expect(revision).not.toHaveProperty(part)
    })
  })
})
