import { expect, test } from 'vitest'
import { composeRegistry, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { parseLabelSelector } from '../../../src/domain/labels/label-selector.ts'
import { builtInPolicy } from '../../../src/domain/policies/default-policy.ts'
import { parseInfo } from '../../../src/domain/revision-info.ts'
import { parseRevisionTag } from '../../../src/domain/revision-tag.ts'
import { parseServiceReference, parseSruid } from '../../../src/domain/sruid.ts'
import { setDefault } from '../../../src/registry/defaults/set-default.ts'
import { listRevisions } from '../../../src/registry/revisions/list-revisions.ts'
import { register } from '../../../src/registry/revisions/register.ts'
import type { Store } from '../../../src/store/store.ts'
import { caller } from '../../support/caller.ts'
import { sqliteStorage } from '../../support/storage.ts'

const { service } = parseServiceReference('my-org/my-service')
const asked = { request: null, validateOnly: false }

test.for(['registration', 'version'] as const)(
  'a page in the order of %s shows one default, even if the default changes while the page is read',
  async (order) => {
    const storage = await sqliteStorage()
    const store = await openStore(parseStore(storage.location))
    const deps = composeRegistry(store, builtInPolicy('latest-semver'))
    try {
      for (const [tag, tier] of Object.entries({ '1.0.0': 'web', '1.1.0': 'db', '1.2.0': 'db', '1.3.0': 'web' })) {
        const sruid = parseSruid(`my-org/my-service:${tag}`)
        await register(deps, { ...asked, sruid, requestedDefault: null, info: parseInfo({ labels: { tier } }) }, caller)
      }
      const revisionTag = parseRevisionTag('1.0.0')
      const change = () => setDefault(deps, { ...asked, service, revisionTag, reason: '', etag: '' }, caller)
      const labels = parseLabelSelector('tier=web')
      const query = { service, order, state: undefined, labels, pageSize: 2, pageToken: '' }
      const { items } = await listRevisions({ ...deps, store: changingAfterRead(store, change) }, query, caller)
      expect(items.map((each) => [each.revisionTag, each.isDefault])).toEqual([
        ['1.3.0', true],
        ['1.0.0', false],
      ])
      expect(new Set(items.map(({ serviceEtag }) => serviceEtag)).size).toBe(1)
    } finally {
      await store.close()
      await storage.remove()
    }
  },
)

test('later pages at a time are of the generation of the first one, even if a later change has the same time', async () => {
  const storage = await sqliteStorage()
  const store = await openStore(parseStore(storage.location))
  const time = Date.now()
  const deps = { ...composeRegistry(store, builtInPolicy('latest-semver')), now: () => time }
  const registerTag = (tag: string) => {
    const sruid = parseSruid(`my-org/my-service:${tag}`)
    return register(deps, { ...asked, sruid, requestedDefault: null, info: parseInfo({}) }, caller)
  }
  try {
    for (const tag of ['1.0.0', '1.1.0', '1.2.0']) await registerTag(tag)
    const labels = parseLabelSelector('')
    const query = { service, at: { time }, order: 'version', state: undefined, labels, pageSize: 1 } as const
    const found: unknown[] = []
    for (let pageToken = ''; found.length < 3; ) {
      const page = await listRevisions(deps, { ...query, pageToken }, caller)
      found.push(...page.items.map(({ revisionTag, isDefault }) => [revisionTag, isDefault, page.generation]))
      pageToken = page.nextPageToken
      await registerTag(`2.0.${found.length}`)
    }
    expect(found).toEqual([
      ['1.2.0', true, 3],
      ['1.1.0', false, 3],
      ['1.0.0', false, 3],
    ])
  } finally {
    await store.close()
    await storage.remove()
  }
})

/** The store, with a change after each read of revisions. */
function changingAfterRead(store: Store, change: () => Promise<unknown>): Store {
  const readRevisions: Store['readRevisions'] = async (...given) => {
    const page = await store.readRevisions(...given)
    await change()
    return page
  }
  return new Proxy(store, {
    get: (target, name) => (name === 'readRevisions' ? readRevisions : Reflect.get(target, name).bind(target)),
  })
}
