import assert from 'node:assert/strict'
import { active } from '../../domain/lifecycle.ts'
import { noInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { parseServiceReference } from '../../domain/sruid.ts'
import { theDefault } from '../store.ts'
import { Log } from './log.ts'
import { type ContractCase, isDamage, keepsAll, service } from './support.ts'

/** The promises about entries that are no longer as they were appended. */
export const damageContract: readonly ContractCase[] = [
  {
    name: 'an entry that is not as it was appended is refused by every read that needs it, and no other read is disturbed',
    run: async ({ open, damage, keeps = keepsAll }) => {
      // Entries of form 2 have no checksum.
      if (keeps(new Log().register('1.0.0').newest).link === null) return
      const store = await open()
      const info = { ...noInfo, description: 'd', endpoints: [{ protocol: 'grpc', uri: 'a:b', metadata: [] }] }
      const log = new Log()
        .register('1.0.0', { info })
        .change('1.0.0', { ...active, deprecation: { message: '', replacement: null } })
        .register('0.9.0', { becomesDefault: false })
      await store.appendAll(log.entries)
      const other = new Log([], parseServiceReference('my-org/other').service).register('1.0.0')
      await store.appendAll(other.entries)
      // Only this entry has the information about the default.
      await damage(1)
      await assert.rejects(store.lookup(service, theDefault), isDamage)
      await assert.rejects(store.lookupForChange(service, theDefault), isDamage)
      await assert.rejects(store.readRevisions(service, { order: 'version', limit: 10 }), isDamage)
      await assert.rejects(store.readLog(service, { after: 0, limit: 10 }), isDamage)
      assert.equal((await store.readHead(service))?.generation, 3)
      const sound = await store.lookup(service, { by: 'tag', tag: '0.9.0' as RevisionTag })
      assert.equal(sound?.revision?.revisionTag, '0.9.0')
      await damage(3)
      await assert.rejects(store.readHead(service), isDamage)
      assert.equal((await store.lookup(other.newest.service, theDefault))?.generation, 1)
      await store.close()
    },
  },
]
