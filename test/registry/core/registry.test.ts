import { describe, expect, test } from 'vitest'
import { composeRegistry, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { anyLabels } from '../../../src/domain/labels/label-selector.ts'
import { builtInPolicy, type DefaultPolicy, type NamedPolicy } from '../../../src/domain/policies/default-policy.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import { parseServiceReference, parseSruid } from '../../../src/domain/sruid.ts'
import type { RegistryDeps } from '../../../src/registry/core/registry-deps.ts'
import { viewRevision } from '../../../src/registry/core/views.ts'
import { getRevision } from '../../../src/registry/revisions/get-revision.ts'
import { register } from '../../../src/registry/revisions/register.ts'
import type { Store } from '../../../src/store/store.ts'
import { caller } from '../../support/caller.ts'
import { sqliteStorage } from '../../support/storage.ts'

// These rules are the same on every store, so one store is enough.
describe('the registry', () => {
  const withRegistry = async (run: (registry: TestRegistry) => Promise<void>, policy?: DefaultPolicy | NamedPolicy) => {
    const storage = await sqliteStorage()
    const store = await openStore(parseStore(storage.location))
    try {
      await run(new TestRegistry(store, policy))
    } finally {
      await store.close()
      await storage.remove()
    }
  }

  test('the highest semantic version is the default under the default policy', () =>
    withRegistry(async (registry) => {
      for (const tag of ['1.2.9', '1.10.0', '1.9.99', 'main', '1.2']) await registry.register(tag)
      expect(await registry.defaultTag()).toBe('1.10.0')
    }))

  test('is_default of a registration decides, whatever the policy would decide', () =>
    withRegistry(async (registry) => {
      await registry.register('1.0.0')
      await registry.register('2.0.0', false)
      expect(await registry.defaultTag()).toBe('1.0.0')
      await registry.register('1.5.0')
      expect(await registry.defaultTag(), 'a revision held back is still the latest').toBe('1.0.0')
      await registry.register('0.1.0', true)
      expect(await registry.defaultTag()).toBe('0.1.0')
      await registry.register('2.0.1')
      expect(await registry.defaultTag()).toBe('2.0.1')
    }))

  test('a service has one default, and every other revision is answered with is_default false', () =>
    withRegistry(async (registry) => {
      for (const tag of ['1.0.0', '1.1.0', '1.2.0']) await registry.register(tag)
      const answers = await Promise.all(['1.0.0', '1.1.0', '1.2.0'].map((tag) => registry.get(tag)))
      expect(answers.map(({ isDefault }) => isDefault)).toEqual([false, false, true])
    }))

  test.for([[null], [true], [false]])(
    'a replay is answered with the stored revision and changes nothing (is_default %s)',
    ([wish]) =>
      withRegistry(async (registry) => {
        const first = await registry.register('1.0.0', wish)
        await registry.register('2.0.0', true)
        const replayed = await registry.register('1.0.0', wish)
        expect(replayed).toEqual({
          revision: {
            ...{ ...first.revision, isDefault: false, generation: 2 },
            ...{ serviceEtag: expect.any(String), serviceHash: expect.any(String) },
          },
          replayed: true,
        })
        expect(await registry.logLength()).toBe(2)
        expect(await registry.defaultTag()).toBe('2.0.0')
      }),
  )

  test.for([
    [null, true],
    [null, false],
    [true, null],
    [true, false],
    [false, null],
    [false, true],
  ] as const)(
    'a registration with is_default $1 is refused if the tag is registered with is_default $0',
    ([stored, given]) =>
      withRegistry(async (registry) => {
        const { revision } = await registry.register('1.0.0', stored)
        await expect(registry.register('1.0.0', given)).rejects.toMatchObject({
          code: 'already_exists',
          reason: 'REVISION_ALREADY_EXISTS',
          message: expect.stringContaining('my-org/my-service:1.0.0'),
        })
        expect(revision).toMatchObject(await registry.get('1.0.0'))
        expect(await registry.logLength()).toBe(1)
      }),
  )

  test('a not_found error distinguishes a missing service, a missing revision and a missing default', () =>
    withRegistry(async (registry) => {
      const notFound = (reason: string, serviceExists: boolean) => ({
        ...{ code: 'not_found', reason, metadata: { service_exists: serviceExists } },
        message: expect.stringMatching(/^Service revision not found\. .*my-org\/my-service/),
      })
      await expect(registry.get()).rejects.toMatchObject(notFound('SERVICE_NOT_FOUND', false))
      await expect(registry.get('1.0.0')).rejects.toMatchObject(notFound('SERVICE_NOT_FOUND', false))
      await registry.register('1.0.0', false)
      await expect(registry.get()).rejects.toMatchObject(notFound('NO_DEFAULT', true))
      await expect(registry.get('1.0.1')).rejects.toMatchObject(notFound('REVISION_NOT_FOUND', true))
    }))

  test('the policy receives the candidate, the current default and the highest versions', () => {
    const asked: unknown[] = []
    return withRegistry(
      async (registry) => {
        await registry.register('1.0.0', true)
        await registry.register('2.0.0-rc.1', false)
        await registry.register('0.9.0')
        expect(asked).toEqual([
          [
            { namespace: 'my-org', name: 'my-service', revisionTag: '0.9.0' },
            { currentDefault: '1.0.0', highestSemver: '2.0.0-rc.1', highestRelease: '1.0.0' },
          ],
        ])
        expect(await registry.defaultTag()).toBe('0.9.0')
      },
      async (candidate, context) => asked.push([candidate, context]) > 0,
    )
  })

  test.for<[string, DefaultPolicy, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('secret detail')
      },
      /^the default policy "a-policy" failed, so nothing/,
    ],
    ['rejects', () => Promise.reject(new Error('secret detail')), /^the default policy "a-policy" failed, so nothing/],
    ['answers 1', () => 1 as never, /^the default policy "a-policy" answered "1" instead of true or false, so nothing/],
    ['answers nothing', () => undefined as never, /answered "undefined" instead of true or false/],
    ['answers an object', () => Object.create(null), /answered an object instead of true or false/],
    ['never answers', () => new Promise(() => {}), /^the default policy "a-policy" took longer than 50 ms, so nothing/],
  ])('a registration stores nothing if the policy %s, and the error names the policy', ([, decide, message]) =>
    withRegistry(
      async (registry) => {
        await expect(registry.register('1.0.0')).rejects.toMatchObject({
          code: 'internal',
          reason: 'DEFAULT_POLICY_FAILED',
          message: expect.stringMatching(message),
        })
        await expect(registry.get('1.0.0')).rejects.toMatchObject({ code: 'not_found' })
        expect(await registry.logLength()).toBe(0)
      },
      { name: 'a-policy', decide },
    ),
  )

  test('100 concurrent registrations of one service are all stored', () =>
    withRegistry(async (registry) => {
      const tags = Array.from({ length: 100 }, (_, index) => `1.${index}.0`)
      await Promise.all(tags.map((tag) => registry.register(tag)))
      expect(await registry.logLength()).toBe(100)
      expect(await registry.defaultTag()).toBe('1.99.0')
    }))

  test('a registration that loses to other writers every time is aborted and stores nothing', () =>
    withRegistry(async (registry) => {
      registry.beforeEachAppend((generation) => registry.registerBehindItsBack(`0.0.${generation}`))
      await expect(registry.register('1.0.0')).rejects.toMatchObject({ code: 'aborted', reason: 'TOO_MANY_CONFLICTS' })
      await expect(registry.get('1.0.0')).rejects.toMatchObject({ code: 'not_found' })
    }))
})

class TestRegistry {
  readonly #store: Store
  readonly #deps: RegistryDeps
  #beforeAppend: (generation: number) => Promise<unknown> = async () => {}

  constructor(store: Store, policy: DefaultPolicy | NamedPolicy = builtInPolicy('latest-semver')) {
    this.#store = store
    const named = typeof policy === 'function' ? { name: 'a-policy', decide: policy } : policy
    this.#deps = { ...depsOver(this.#slowed(store)), policy: named }
  }

  register(tag: string, isDefault: boolean | null = null) {
    const sruid = parseSruid(`my-org/my-service:${tag}`)
    return register(this.#deps, { sruid, requestedDefault: isDefault, info: noInfo, ...asked }, caller)
  }

  /** Registers without the `beforeEachAppend` hook, in the way of another process. */
  registerBehindItsBack(tag: string) {
    const sruid = parseSruid(`my-org/my-service:${tag}`)
    return register(depsOver(this.#store), { sruid, requestedDefault: null, info: noInfo, ...asked }, caller)
  }

  beforeEachAppend(run: (generation: number) => Promise<unknown>): void {
    this.#beforeAppend = run
  }

  async get(tag?: string) {
    const { service, revisionTag } = parseServiceReference(`my-org/my-service${tag === undefined ? '' : `:${tag}`}`)
    const selector = revisionTag ? ({ by: 'tag', tag: revisionTag } as const) : ({ by: 'default' } as const)
    const query = { service, selector, labels: anyLabels, targetingKey: null, at: null, explain: false }
    const { revision, snapshot } = await getRevision(this.#deps, query, caller)
    return viewRevision(revision, snapshot)
  }

  async defaultTag(): Promise<string> {
    return (await this.get()).revisionTag
  }

  async logLength(): Promise<number> {
    return (await this.#store.readLog(parseServiceReference('my-org/my-service').service, { after: 0, limit: 1_000 }))
      .length
  }

  /** The real store, with a pause before each append in which others may write. */
  #slowed(store: Store): Store {
    const append: Store['append'] = async (entry) => {
      await this.#beforeAppend(entry.generation)
      return store.append(entry)
    }
    return new Proxy(store, {
      get: (target, name) => (name === 'append' ? append : Reflect.get(target, name).bind(target)),
    })
  }
}

const asked = { actor: 'test', request: null, validateOnly: false }

function depsOver(store: Store): RegistryDeps {
  return composeRegistry(store, builtInPolicy('latest-semver'), { policyTimeLimitMs: 50 })
}
