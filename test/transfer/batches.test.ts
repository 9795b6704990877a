import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { UpgradableStore } from '../../src/store/forms/upgradable-store.ts'
import { sqliteStorage } from '../support/storage.ts'
import { importText, withStore } from './support.ts'

const TIME = '2024-05-06T07:08:09.123Z'
const revision = (name: string, tag: string, more: object = {}) =>
  JSON.stringify({
    ...{ kind: 'revision', namespace: 'my-org', name, revision_tag: tag, is_default: false },
    ...{ register_time: TIME, ...more },
  })
const run = (use: (store: UpgradableStore) => Promise<void>) => () => withStore(sqliteStorage, use)

/** The same store, with some methods of its own. */
function withMethods(store: UpgradableStore, methods: Partial<UpgradableStore>): UpgradableStore {
  return new Proxy(store, {
    get(target, key) {
      const value = Reflect.get(Object.hasOwn(methods, key) ? methods : target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test(
  'an import reads and appends large records a few MiB at a time, because it holds several copies of each',
  run(async (store) => {
    const metadata = Object.fromEntries(Array.from({ length: 32 }, (_, key) => [`k${key}`, 'x'.repeat(1_000)]))
    const endpoints = [{ protocol: 'grpc', uri: 'https://a.example', metadata }]
    const records = (more: object) =>
      Array.from({ length: 400 }, (_, index) => revision('large', `1.0.${index}`, { endpoints, ...more })).join('\n')
    const atOnce: number[] = []
    const counting = withMethods(store, {
      appendAll: (entries) => {
        atOnce.push(entries.length)
        return store.appendAll(entries)
      },
    })
    expect(await importText(counting, records({}))).toMatchObject({ added: 400 })
    expect(await importText(counting, records({ state: 'DEPRECATED' }))).toMatchObject({ changed: 400 })
    expect(atOnce.reduce((a, b) => a + b)).toBe(800)
    expect(Math.max(...atOnce)).toBeLessThan(150)
  }),
)

test(
  'an import tells its results in the order of the services, whichever of them is imported first',
  run(async (store) => {
    const names = ['a', 'b', 'c']
    const slow = withMethods(store, {
      readHead: async (service) => {
        await setTimeout(service.name === 'a' ? 20 : 0)
        return store.readHead(service)
      },
    })
    await importText(store, names.map((name) => revision(name, '1.0.0')).join('\n'))
    const others = names.toReversed().map((name) => revision(name, '1.0.0', { description: 'other' }))
    const { refusals } = await importText(slow, others.join('\n'))
    expect(refusals.map((text) => text.slice(0, 11))).toEqual(['3: my-org/a', '2: my-org/b', '1: my-org/c'])
  }),
)
