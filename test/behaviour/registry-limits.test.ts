import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { type Api, apis, type Fields, type Method } from '../support/api.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import { type ExpectedError, expectRefusal } from '../support/refusals.ts'
import type { Storage } from '../support/storage.ts'

const callerLimits = { rates: {}, revisionsPerService: 3, servicesPerNamespace: 2 }

const TOO_MANY_REVISIONS: ExpectedError = {
  code: 'failed_precondition',
  reason: 'TOO_MANY_REVISIONS',
  message: /^\S+ has 3 revisions, and the limit is 3; /,
}
const TOO_MANY_SERVICES: ExpectedError = {
  code: 'failed_precondition',
  reason: 'TOO_MANY_SERVICES',
  message: /^the namespace "ns-\d+" has as many services as it may have, and the limit is 2; /,
}

describeOnEachStore('a registry with limits', (createStorage) => {
  let storage: Storage
  let server: RunningServer
  let namespaces = 0

  beforeAll(async () => {
    storage = await createStorage()
    server = await startInProcess(storage, { callerLimits })
  })
  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  describe.for(Object.entries(apis))('over %s', ([, open]) => {
    let api: Api
    beforeAll(() => {
      api = open(server.url)
    })
    afterAll(() => api.close())

    /** A new namespace, in which methods are called. */
    const newNamespace = () => {
      const namespace = `ns-${++namespaces}`
      const call = (method: Method, name: string, fields: Fields = {}) =>
        api.call(method, { namespace, name, ...fields })
      const register = (name: string, revision_tag: string, fields: Fields = {}) =>
        call('register', name, { revision_tag, ...fields })
      return { call, register }
    }

    test('a new revision of a full service is refused with the limit, and the same with validate_only', async () => {
      const { register } = newNamespace()
      for (const tag of ['1.0.0', '2.0.0', '3.0.0']) await register('a', tag)
      await expectRefusal(register('a', '4.0.0'), TOO_MANY_REVISIONS)
      await expectRefusal(register('a', '4.0.0', { validate_only: true }), TOO_MANY_REVISIONS)
    })

    test('a revision that a full service has may be registered again, and a request id gets its first answer', async () => {
      const { register } = newNamespace()
      await register('a', '1.0.0')
      await register('a', '2.0.0')
      const first = await register('a', '3.0.0', { request_id: 'r-1' })
      expect(await register('a', '3.0.0', { request_id: 'r-1' })).toEqual(first)
      expect(await register('a', '3.0.0')).toEqual({ ...first, replayed: true })
      await expectRefusal(register('a', '3.0.0', { description: 'other' }), {
        code: 'already_exists',
        reason: 'REVISION_ALREADY_EXISTS',
      })
    })

    test('every other change of a full service succeeds', async () => {
      const { call, register } = newNamespace()
      for (const tag of ['1.0.0', '2.0.0', '3.0.0']) await register('a', tag)
      await call('updateRevision', 'a', { revision_tag: '1.0.0', description: 'x' })
      await call('setDefault', 'a', { revision_tag: '1.0.0' })
      await call('setAlias', 'a', { alias: 'stable', follows: '^1' })
      await call('yank', 'a', { revision_tag: '2.0.0', reason: 'broken' })
    })

    test('a deleted revision makes room for another one, and a yanked revision does not', async () => {
      const { call, register } = newNamespace()
      for (const tag of ['1.0.0', '2.0.0', '3.0.0']) await register('a', tag)
      await call('yank', 'a', { revision_tag: '1.0.0', reason: 'broken' })
      const { revision } = await call('get', 'a', { revision_tag: '1.0.0', view: 'FULL' })
      await expectRefusal(register('a', '4.0.0'), TOO_MANY_REVISIONS)
      await call('deleteRevision', 'a', { revision_tag: '1.0.0', etag: (revision as Fields).etag })
      await register('a', '4.0.0')
      await expectRefusal(register('a', '5.0.0'), TOO_MANY_REVISIONS)
      await expectRefusal(register('a', '1.0.0'), { code: 'already_exists', reason: 'REVISION_DELETED' })
    })

    test('a first revision in a full namespace is refused with the limit, and the same with validate_only', async () => {
      const { register } = newNamespace()
      await register('a', '1.0.0')
      await register('b', '1.0.0')
      await expectRefusal(register('c', '1.0.0'), TOO_MANY_SERVICES)
      await expectRefusal(register('c', '1.0.0', { validate_only: true }), TOO_MANY_SERVICES)
      await expectRefusal(register('c', '1.0.0', { is_default: true }), TOO_MANY_SERVICES)
    })

    test('the services of a full namespace get further revisions, and another namespace gets services', async () => {
      const { register } = newNamespace()
      await register('a', '1.0.0')
      await register('b', '1.0.0')
      await register('b', '2.0.0')
      await newNamespace().register('c', '1.0.0')
    })

    test('a dry run of a first revision takes no room', async () => {
      const { register } = newNamespace()
      for (const name of ['a', 'b', 'c', 'd']) await register(name, '1.0.0', { validate_only: true })
      await register('e', '1.0.0')
      await register('f', '1.0.0')
      await expectRefusal(register('g', '1.0.0'), TOO_MANY_SERVICES)
    })

    test('of many revisions at once, exactly as many are registered as a service may have', async () => {
      const { register } = newNamespace()
      const tags = Array.from({ length: 12 }, (_, index) => `1.0.${index}`)
      const outcomes = await Promise.allSettled(tags.map((tag) => register('a', tag)))
      const refused = outcomes.filter(({ status }) => status === 'rejected')
      expect(refused.length).toBe(9)
      for (const outcome of refused as PromiseRejectedResult[])
        await expectRefusal(Promise.reject(outcome.reason), TOO_MANY_REVISIONS)
    })
  })
})
