import { expect, test } from 'vitest'
import { composeRegistry } from '../../src/compose.ts'
import { parseAliasName } from '../../src/domain/alias.ts'
import { findAlias } from '../../src/domain/head.ts'
import { parseRevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceId } from '../../src/domain/sruid.ts'
import { setAlias } from '../../src/registry/aliases/set-alias.ts'
import { setDefault } from '../../src/registry/defaults/set-default.ts'
import type { UpgradableStore } from '../../src/store/forms/upgradable-store.ts'
import type { Store } from '../../src/store/store.ts'
import { caller as anybody } from '../support/caller.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { importText, withStore } from './support.ts'

const service = parseServiceId('my-org', 'my-service')
const first = parseRevisionTag('1.0.0')
const beta = parseAliasName('beta')
const caller = { ...anybody, principal: { name: 'alice' } }
const command = { service, etag: '', request: null, validateOnly: false }

const revision = (tag: string) =>
  JSON.stringify({
    ...{ kind: 'revision', namespace: 'my-org', name: 'my-service', revision_tag: tag, is_default: false },
    ...{ requested_default: null, register_time: '2024-05-06T07:08:09Z', registered_by: 'dora' },
  })

const settings = (tag: string) =>
  JSON.stringify({
    ...{ kind: 'service', namespace: 'my-org', name: 'my-service', default_revision_tag: tag },
    default_rule: { by: 'hand', reason: 'tested', actor: 'dora', time: '2024-05-06T07:08:09Z' },
    aliases: [{ alias: 'beta', revision_tag: '1.0.0' }],
  })

describeOnEachStore('an import after a person has confirmed imported settings', (createStorage) => {
  const importAt = (store: UpgradableStore, tag: string) =>
    importText(store, [revision('1.0.0'), revision('2.0.0'), settings(tag)].join('\n'))

  test('a default that only imports have set follows the next import', () =>
    withStore(createStorage, async (store) => {
      await importAt(store, '1.0.0')
      expect((await store.readHead(service))?.head).toMatchObject({ defaultTag: '1.0.0', isDefaultImported: true })
      await importAt(store, '2.0.0')
      expect((await store.readHead(service))?.head.defaultTag).toBe('2.0.0')
    }))

  test('a default that a person sets to the imported one, with the same reason, stays in later imports', () =>
    withStore(createStorage, async (store) => {
      await importAt(store, '1.0.0')
      await setDefault(depsOver(store), { ...command, revisionTag: first, reason: 'tested' }, caller)
      expect((await store.readHead(service))?.head.isDefaultImported).toBe(false)
      await importAt(store, '2.0.0')
      expect((await store.readHead(service))?.head.defaultTag).toBe('1.0.0')
    }))

  test('an alias that a person sets to the imported one is no longer one that only imports have set', () =>
    withStore(createStorage, async (store) => {
      await importAt(store, '1.0.0')
      const isImported = async () =>
        findAlias((await store.readHead(service))?.head ?? { aliases: [] }, beta)?.isImported
      expect(await isImported()).toBe(true)
      await setAlias(depsOver(store), { ...command, alias: beta, target: { tag: first } }, caller)
      expect(await isImported()).toBe(false)
    }))
})

function depsOver(store: Store) {
  return composeRegistry(store, { name: 'none', decide: () => false })
}
