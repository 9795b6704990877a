import { expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import { newId, newSalt } from '../../src/identifiers.ts'
import { importRecords } from '../../src/transfer/import.ts'
import { splitRecords } from '../../src/transfer/input/split-records.ts'
import { sqliteStorage } from '../support/storage.ts'

const { service } = parseServiceReference('my-org/my-service')
const records = [
  {
    ...{ kind: 'revision', namespace: 'my-org', name: 'my-service', revision_tag: '1.0.0', is_default: true },
    ...{ requested_default: null, register_time: '2024-05-06T07:08:09.123Z', registered_by: 'somebody' },
  },
  {
    ...{ kind: 'service', namespace: 'my-org', name: 'my-service', default_revision_tag: '1.0.0' },
    aliases: [{ alias: 'production', revision_tag: '1.0.0' }],
  },
]

async function* input(lines: readonly object[]) {
  yield Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))
}

test.for([
  ['is 6 minutes ahead of the store', () => Date.now() + 6 * 60_000],
  ['is 6 minutes behind the store', () => Date.now() - 6 * 60_000],
  ['is in the year 10001', () => Date.UTC(10_001)],
] as const)('an import ends with CLOCK_SKEW and stores nothing more if the clock %s', async ([, wrongNow]) => {
  const storage = await sqliteStorage()
  const store = await openStore(parseStore(storage.location))
  const importWith = (now: () => number, lines: readonly object[]) =>
    importRecords({ store, now, newId, newSalt, onRefused: () => {} }, splitRecords(input(lines)))
  const logLength = async () => (await store.readLog(service, { after: 0, limit: 100 })).length
  try {
    const skew = { code: 'unavailable', reason: 'CLOCK_SKEW' }
    await expect(importWith(wrongNow, records)).rejects.toMatchObject(skew)
    expect(await logLength()).toBe(0)
    await importWith(Date.now, records.slice(0, 1))
    await expect(importWith(wrongNow, records)).rejects.toMatchObject(skew)
    expect(await logLength()).toBe(1)
    expect(await importWith(Date.now, records)).toMatchObject({ changed: 1, alreadyThere: 1, refused: 0 })
  } finally {
    await store.close()
    await storage.remove()
  }
})
