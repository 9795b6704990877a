import { expect, onTestFinished, test } from 'vitest'
import { composeRegistry, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { anyLabels } from '../../../src/domain/labels/label-selector.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import { parseServiceReference, parseSruid } from '../../../src/domain/sruid.ts'
import { getRevision } from '../../../src/registry/revisions/get-revision.ts'
import { register } from '../../../src/registry/revisions/register.ts'
import { caller } from '../../support/caller.ts'
import { sqliteStorage } from '../../support/storage.ts'

test.for(['/srv/secret/mine.ts', 'secret/mine.ts', 'C:\\secret\\mine.ts', 'mine.ts'])(
  'an explanation names a policy that was stored as %s without its folder',
  async (name) => {
    const storage = await sqliteStorage()
    const store = await openStore(parseStore(storage.location))
    onTestFinished(async () => {
      await store.close()
      await storage.remove()
    })
    const deps = composeRegistry(store, { name, decide: () => true })
    const sruid = parseSruid('my-org/my-service:1.0.0')
    const asked = { requestedDefault: null, info: noInfo, request: null, validateOnly: false }
    await register(deps, { sruid, ...asked }, caller)
    const { service } = parseServiceReference('my-org/my-service')
    const query = {
      service,
      selector: { by: 'default' },
      labels: anyLabels,
      targetingKey: null,
      at: null,
      explain: true,
    } as const
    const { explanation } = await getRevision(deps, query, caller)
    expect(explanation?.description).toMatch(/^The default policy "mine\.ts" made/)
  },
)
