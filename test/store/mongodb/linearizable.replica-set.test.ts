import { describe, expect, test } from 'vitest'
import { parseAliasName } from '../../../src/domain/alias.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { service } from '../../../src/store/contract/support.ts'
import { theDefault } from '../../../src/store/store.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import { useStores } from './open-stores.ts'

describe.skipIf(mongoSkipReason)('a MongoDB store with readConcernLevel=linearizable', () => {
  const { mongo, open } = useStores(mongoStorage)

  test('every read answers with readConcernLevel=linearizable on a replica set', async () => {
    const { location } = mongo().storage
    const store = await open(`${location}${location.includes('?') ? '&' : '?'}readConcernLevel=linearizable`)
    const log = new Log().register('1.0.0').setAlias('beta', '1.0.0').register('0.1.0', { becomesDefault: false })
    await store.appendAll(log.request('request-1').entries)
    const tags = ['1.0.0', '0.1.0'] as RevisionTag[]
    const beta = { by: 'alias', alias: parseAliasName('beta') } as const
    const lookups = [theDefault, beta, ...tags.map((tag) => ({ by: 'tag', tag }) as const)]
    expect(await Promise.all(lookups.map((selector) => store.lookup(service, selector)))).toMatchObject(
      ['1.0.0', '1.0.0', ...tags].map((revisionTag) => ({ generation: 4, revision: { revisionTag } })),
    )
    expect(await store.lookupForChange(service, beta)).toMatchObject({ revision: { revisionTag: '1.0.0' } })
    expect(await store.readHead(service)).toMatchObject({ generation: 4 })
    expect(await store.findRequest(service, 'request-1')).toEqual(log.newest)
    expect(await store.readRevisions(service, { order: 'version', limit: 100 })).toMatchObject({
      revisions: tags.map((revisionTag) => ({ revisionTag })),
    })
    expect(await store.readLog(service, { after: 1, limit: 100 })).toEqual(log.stored.slice(1))
    expect((await store.readServices({ limit: 100 })).services).toMatchObject([
      { service, revision: { revisionTag: '1.0.0' } },
    ])
    expect(await store.readNamespaces({ limit: 100 })).toEqual(['my-org'])
  })
})
