import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/compose.ts'
import { type Caller, callers } from '../support/callers.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import type { Storage } from '../support/storage.ts'

const NOT_FOUND = { code: 'not_found', message: 'Service revision not found.' }

describeOnEachStore('registering and getting', (createStorage) => {
  let storage: Storage
  let server: RunningServer
  let count = 0

  beforeAll(async () => {
    storage = await createStorage()
    server = await startInProcess(storage)
  })

  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  describe.for(Object.entries(callers))('over %s', ([, createCaller]) => {
    let caller: Caller
    let service: string
    const revision = (revisionTag: string, isDefault: boolean) => {
      const [namespace, name] = service.split('/')
      return { namespace, name, revisionTag, isDefault }
    }

    beforeEach(() => {
      caller = createCaller(server.url)
      service = `my-org/my-service-${++count}`
    })

    test('a registered revision is found by its tag and as the default, with exactly four fields', async () => {
      const expected = revision('1.2.9', true)
      expect(await caller.register(service, '1.2.9')).toEqual({ revision: expected, isNew: true })
      expect(await caller.get(service)).toEqual({ revision: expected })
      expect(await caller.get(service, '1.2.9')).toEqual({ revision: expected })
    })

    test('an empty tag asks for the default, as no tag does', async () => {
      await caller.register(service, '1.2.9')
      expect(await caller.get(service, '')).toEqual({ revision: revision('1.2.9', true) })
    })

    test('the latest semantic version is the default, and the others say that they are not', async () => {
      for (const tag of ['1.2.9', '1.10.0', '1.9.99']) await caller.register(service, tag)
      expect(await caller.get(service)).toEqual({ revision: revision('1.10.0', true) })
      expect(await caller.get(service, '1.9.99')).toEqual({ revision: revision('1.9.99', false) })
    })

    test('the caller may say whether a revision becomes the default', async () => {
      await caller.register(service, '1.0.0')
      expect(await caller.register(service, '2.0.0', false)).toEqual({
        revision: revision('2.0.0', false),
        isNew: true,
      })
      expect(await caller.register(service, '0.9.0', true)).toEqual({ revision: revision('0.9.0', true), isNew: true })
      expect(await caller.get(service)).toEqual({ revision: revision('0.9.0', true) })
    })

    test('a replay is a success that changes nothing, and other content is refused', async () => {
      await caller.register(service, '1.0.0')
      expect(await caller.register(service, '1.0.0')).toEqual({ revision: revision('1.0.0', true), isNew: false })
      expect(await caller.register(service, '1.0.0', true)).toEqual({
        code: 'already_exists',
        message: `${service}:1.0.0 is already registered with other content: it was registered without is_default, this request is with is_default true.`,
      })
      expect(await caller.get(service)).toEqual({ revision: revision('1.0.0', true) })
    })

    test('what is not there is not found', async () => {
      expect(await caller.get(service)).toEqual(NOT_FOUND)
      expect(await caller.get(service, '1.0.0')).toEqual(NOT_FOUND)
      await caller.register(service, '1.0.0', false)
      expect(await caller.get(service), 'no default').toEqual(NOT_FOUND)
    })

    test('a tag must be given when registering', async () => {
      expect(await caller.register(service, '')).toEqual({
        code: 'invalid_argument',
        message: 'A revision tag must be included when registering a new service revision.',
      })
    })

    test('bad names and tags are refused in the same words', async () => {
      const outcomes = [
        await caller.get('My-Org/x'),
        await caller.get('my-org/-a'),
        await caller.get(service, '.x'),
        await caller.register(service, '1.0+build'),
      ]
      expect(outcomes.map((outcome) => 'code' in outcome && outcome.code)).toEqual(Array(4).fill('invalid_argument'))
      const messages = outcomes.map((outcome) => ('message' in outcome ? outcome.message : ''))
      expect(messages[0]).toMatch(
        /^namespace "My-Org" is not valid: it must be 1 to 128 characters of lower kebab case/,
      )
      expect(messages[1]).toMatch(/^name "-a" is not valid/)
      expect(messages[2]).toMatch(/^revision_tag "\.x" is not valid: it must be 1 to 128 letters/)
      expect(messages[3]).toMatch(/^revision_tag "1\.0\+build" is not valid.*A '\+' is not allowed/)
    })
  })

  test('every protocol sees what the others registered', async () => {
    const service = `my-org/shared-${++count}`
    const entries = Object.entries(callers)
    for (const [index, [, createCaller]] of entries.entries()) {
      await createCaller(server.url).register(service, `1.${index}.0`)
    }
    const [namespace, name] = service.split('/')
    const revision = { namespace, name, revisionTag: `1.${entries.length - 1}.0`, isDefault: true }
    for (const [protocol, createCaller] of entries) {
      expect(await createCaller(server.url).get(service), protocol).toEqual({ revision })
    }
  })
})
