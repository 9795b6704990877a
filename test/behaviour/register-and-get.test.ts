import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { type Api, everyApi, type Fields } from '../support/api.ts'
import { startInProcess } from '../support/in-process.ts'
import { expectRefusal, refusalOfName } from '../support/refusals.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

// These tests cover the four fields that the first clients read, over every protocol.
describe('registering and getting', () => {
  let storage: Storage
  let server: RunningServer
  let count = 0

  beforeAll(async () => {
    storage = await sqliteStorage()
    server = await startInProcess(storage)
  })

  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  describe.for(Object.entries(everyApi))('over %s', ([, open]) => {
    let api: Api
    let service: { readonly namespace: string; readonly name: string }
    const register = (revision_tag: string, more: Fields = {}) =>
      api.call('register', { ...service, revision_tag, ...more })
    const get = async (more: Fields = {}) => fourFields((await api.call('get', { ...service, ...more })).revision)
    const revision = (revision_tag: string, is_default: boolean) => ({ ...service, revision_tag, is_default })

    beforeEach(() => {
      api ??= open(server.url)
      service = { namespace: 'my-org', name: `my-service-${++count}` }
    })
    afterAll(() => api?.close())

    test('a registered revision is found by its tag and as the default', async () => {
      const registered = await register('1.2.9')
      expect(fourFields(registered.revision)).toEqual(revision('1.2.9', true))
      expect(registered.replayed ?? false).toBe(false)
      expect(await get()).toEqual(revision('1.2.9', true))
      expect(await get({ revision_tag: '1.2.9' })).toEqual(revision('1.2.9', true))
    })

    test('Get with an empty tag answers the default, as it does without a tag', async () => {
      await register('1.2.9')
      expect(await get({ revision_tag: '' })).toEqual(revision('1.2.9', true))
    })

    test('the latest semantic version is the default, and all other revisions have is_default false', async () => {
      for (const tag of ['1.2.9', '1.10.0', '1.9.99']) await register(tag)
      expect(await get()).toEqual(revision('1.10.0', true))
      expect(await get({ revision_tag: '1.9.99' })).toEqual(revision('1.9.99', false))
    })

    test('is_default in a registration decides whether the revision becomes the default', async () => {
      await register('1.0.0')
      const held = await register('2.0.0', { is_default: false })
      expect(fourFields(held.revision)).toEqual(revision('2.0.0', false))
      const forced = await register('0.9.0', { is_default: true })
      expect(fourFields(forced.revision)).toEqual(revision('0.9.0', true))
      expect(await get()).toEqual(revision('0.9.0', true))
    })

    test('a replay is a success that changes nothing, and other content is refused', async () => {
      await register('1.0.0')
      const replayed = await register('1.0.0')
      expect([fourFields(replayed.revision), replayed.replayed]).toEqual([revision('1.0.0', true), true])
      await expectRefusal(register('1.0.0', { is_default: true }), {
        ...{ code: 'already_exists', reason: 'REVISION_ALREADY_EXISTS' },
        message: /\(is_default was absent and is now true\); register the new content under another revision tag/,
      })
      expect(await get()).toEqual(revision('1.0.0', true))
    })

    test('Get of a missing service or of a missing revision is not found', async () => {
      const noService = { code: 'not_found', reason: 'SERVICE_NOT_FOUND' } as const
      await expectRefusal(get(), noService)
      await expectRefusal(get({ revision_tag: '1.0.0' }), noService)
      await register('1.0.0', { is_default: false })
      await expectRefusal(get(), {
        ...{ code: 'not_found', reason: 'NO_DEFAULT' },
        message:
          /^Service revision not found\. .* has no default revision; name a revision_tag, or make one of its revisions the default\.$/,
      })
      await expectRefusal(get({ revision_tag: '2.0.0' }), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
    })

    test('a registration needs a tag', async () => {
      await expectRefusal(register(''), {
        ...{ code: 'invalid_argument', reason: 'MISSING_REVISION_TAG' },
        message: /^A revision tag must be included when registering a new service revision\.$/,
      })
    })

    test('a bad namespace, name or tag is refused with the rule that it breaks', async () => {
      const reading = { protocol: api.protocol, method: 'get' } as const
      const kebabCase =
        ' "My-Org" is not valid; use lower kebab case, such as "my-(org|service)", of 1 to 128 characters'
      await expectRefusal(get({ namespace: 'My-Org' }), refusalOfName(reading, 'namespace', kebabCase))
      await expectRefusal(get({ name: '-a' }), refusalOfName(reading, 'name', ' "-a" is not valid'))
      const tag = ' "\\.x" is not valid; use 1 to 128 letters'
      await expectRefusal(get({ revision_tag: '.x' }), refusalOfName(reading, 'revision_tag', tag))
      const registering = { protocol: api.protocol, method: 'register' } as const
      const build = ` "1\\.0\\+build" is not valid; use .*, without the build metadata after '\\+'`
      await expectRefusal(register('1.0+build'), refusalOfName(registering, 'revision_tag', build))
    })
  })

  test('every protocol sees the revisions that were registered over the others', async () => {
    const service = { namespace: 'my-org', name: `shared-${++count}` }
    const apis = Object.values(everyApi).map((open) => open(server.url))
    for (const [index, api] of apis.entries()) {
      await api.call('register', { ...service, revision_tag: `1.${index}.0` })
    }
    const revision = { ...service, revision_tag: `1.${apis.length - 1}.0`, is_default: true }
    for (const api of apis) {
      expect(fourFields((await api.call('get', service)).revision), api.protocol).toEqual(revision)
      api.close()
    }
  })
})

/** The fields that identify a revision. JSON leaves out a false `is_default` over some protocols. */
function fourFields(revision: unknown): Fields {
  const { namespace, name, revision_tag, is_default = false } = revision as Fields
  return { namespace, name, revision_tag, is_default }
}
