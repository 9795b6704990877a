import { expect, test } from 'vitest'
import { randomFrom } from '../../fuzz/random.ts'
import { apis } from '../../support/api.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { startInProcess } from '../../support/in-process.ts'
import { makeChanges } from '../../support/random-changes.ts'
import { problemsIn } from '../../support/verified.ts'

const WRITERS = 12
const CHANGES_EACH = 12
const service = { namespace: 'my-org', name: 'my-service' }

describeOnEachStore('random changes of one service', (createStorage) => {
  test('concurrent changes of every kind through two servers leave a log that can be replayed', async () => {
    const storage = await createStorage()
    const servers = [await startInProcess(storage), await startInProcess(storage)]
    const clients = Array.from({ length: WRITERS }, (_, index) => apis.REST(servers[index % 2]?.url ?? ''))
    await Promise.all(
      clients.map((api, index) => makeChanges({ api, service, random: randomFrom(index) }, CHANGES_EACH)),
    )
    for (const each of [...clients, ...servers]) await each.close()
    expect(await problemsIn(storage.location)).toEqual([])
    await storage.remove()
  })
})
