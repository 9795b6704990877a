import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeRegistry, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { builtInPolicy } from '../../../src/domain/policies/default-policy.ts'
import { parseInfo } from '../../../src/domain/revision-info.ts'
import { parseRevisionTag } from '../../../src/domain/revision-tag.ts'
import { parseServiceReference, parseSruid } from '../../../src/domain/sruid.ts'
import type { ChangeCommand } from '../../../src/registry/core/change.ts'
import type { RegistryDeps } from '../../../src/registry/core/registry-deps.ts'
import { setDefault } from '../../../src/registry/defaults/set-default.ts'
import { type ListChangesQuery, listChanges } from '../../../src/registry/history/list-changes.ts'
import { deprecate, yank } from '../../../src/registry/revisions/lifecycle.ts'
import { register } from '../../../src/registry/revisions/register.ts'
import { setRollout } from '../../../src/registry/rollouts/set-rollout.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { knownCaller } from '../../support/known-caller.ts'
import type { Storage } from '../../support/storage.ts'

const { service } = parseServiceReference('my-org/my-service')
const manager = knownCaller({ name: 'the-manager' })
const reader = knownCaller({ name: 'the-reader', seesActors: false })
const everything: ListChangesQuery = {
  ...{ service, tag: null, alias: null, event: null, actor: null, afterTime: null, beforeTime: null },
  ...{ pageSize: 0, pageToken: '' },
}

describeOnEachStore('the changes that a caller may see', (createStorage) => {
  let storage: Storage
  let deps: RegistryDeps

  beforeAll(async () => {
    storage = await createStorage()
    deps = composeRegistry(await openStore(parseStore(storage.location)), builtInPolicy('latest-semver'))
    let requests = 0
    const asked = (): ChangeCommand => {
      const mark = { id: `request-${++requests}`, fingerprint: 'a' }
      return { request: { mark, isSameAs: () => true }, validateOnly: false }
    }
    const sruid = (tag: string) => parseSruid(`my-org/my-service:${tag}`)
    for (const tag of ['1.0.0', '1.1.0', '2.0.0']) {
      await register(deps, { ...asked(), sruid: sruid(tag), requestedDefault: null, info: parseInfo({}) }, manager)
    }
    const revisionTag = parseRevisionTag('1.0.0')
    await setDefault(deps, { ...asked(), service, revisionTag, reason: 'for the team', etag: '' }, manager)
    const candidate = { tag: parseRevisionTag('2.0.0'), weight: 0, pinnedKeys: ['a-tester' as never] }
    const rollout = { candidates: [candidate], salt: 's1', reason: 'for the team, too', etag: '' }
    await setRollout(deps, { ...asked(), service, ...rollout }, manager)
    const old = { sruid: sruid('1.1.0'), etag: '' }
    await deprecate(deps, { ...asked(), ...old, message: 'use 2.0.0', replacement: null }, manager)
    await yank(deps, { ...asked(), ...old, reason: 'it loses data', ifDefault: 'move' }, manager)
  })

  afterAll(async () => {
    await deps.store.close()
    await storage.remove()
  })

  test('a caller that may change the service sees who made each change, in which words and by which request', async () => {
    const { items } = await listChanges(deps, everything, manager)
    expect(items.map(({ actor }) => actor)).toEqual(Array(7).fill('the-manager'))
    expect(items.map(({ reason }) => reason)).toEqual([
      ...['it loses data', 'use 2.0.0', 'for the team, too', 'for the team'],
      ...['', '', ''],
    ])
    expect(items[0]).toMatchObject({ requestId: 'request-7', revisionTag: '1.1.0', event: 'revision-yanked' })
  })

  test('a caller that may only read sees the changes, but of the reasons only those for the users of a revision', async () => {
    const { items } = await listChanges(deps, everything, reader)
    const { items: seen } = await listChanges(deps, everything, manager)
    expect(items.map(({ reason }) => reason)).toEqual(['it loses data', 'use 2.0.0', '', '', '', '', ''])
    for (const [index, { actor, requestId, reason: _, ...others }] of items.entries()) {
      expect({ actor, requestId }).toEqual({ actor: '', requestId: '' })
      const { actor: _a, requestId: _r, reason: _w, ...same } = seen[index] ?? expect.fail('a change is missing')
      expect(others).toEqual(same)
    }
    expect(JSON.stringify(items), 'a pinned key may name a person').not.toContain('a-tester')
  })

  test('a caller that may only read finds no change by an actor, whether or not the actor made one', async () => {
    const found = async (actor: string, caller: typeof reader) =>
      (await listChanges(deps, { ...everything, actor }, caller)).items.length
    expect(await found('the-manager', manager)).toBe(7)
    expect(await found('the-reader', manager)).toBe(0)
    expect(await found('the-manager', reader)).toBe(0)
    const { nextPageToken } = await listChanges(deps, { ...everything, actor: 'the-manager', pageSize: 1 }, reader)
    expect(nextPageToken, 'the token would tell the number of changes').toBe('')
  })
})
