import { BSON } from 'mongodb'
import { expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { parseAliasName } from '../../src/domain/alias.ts'
import type { RevisionEntry } from '../../src/domain/log.ts'
import { infoLimits } from '../../src/domain/revision-info.ts'
import { rolloutLimits } from '../../src/domain/rollout/rollout.ts'
import { Log } from '../../src/store/contract/log.ts'
import type { Form } from '../../src/store/forms/stored-entry.ts'
import { toDocument } from '../../src/store/mongodb/documents.ts'
import { toColumns } from '../../src/store/sqlite/rows.ts'
import { formatEntry } from '../../src/transfer/history/entry-line.ts'
import { MAX_RECORD_BYTES } from '../../src/transfer/input/split-records.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { largestEntry } from '../support/largest-entry.ts'

const MIB = 1024 ** 2
const entry = largestEntry()

// Form 2 has no rollouts.
function inForm(form: Form): RevisionEntry {
  return form === 2 ? { ...entry, head: { ...entry.head, rollout: null }, link: null } : entry
}

function rowBytes(form: Form): number {
  const values = Object.values(toColumns(inForm(form), form))
  return values.reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)), 0)
}

test('the largest entry has every field at its limit', () => {
  const { info, registeredInfo } = entry.revision
  expect(JSON.stringify(info.endpoints)).toHaveLength(infoLimits.endpointsText)
  expect(JSON.stringify(registeredInfo?.endpoints)).toHaveLength(infoLimits.endpointsText)
  const candidates = entry.head.rollout?.candidates ?? []
  expect(candidates).toHaveLength(rolloutLimits.candidates)
  expect(candidates.flatMap(({ buckets }) => buckets)).toHaveLength(rolloutLimits.ranges)
  expect(candidates.flatMap(({ pinnedKeys }) => pinnedKeys)).toHaveLength(rolloutLimits.pinnedKeys)
  expect(entry.head.aliasPlace, 'it has the whole list of aliases').toEqual({ generation: entry.generation, moves: [] })
})

test.for([2, 3] as const)(
  'the largest entry in form %i has less than 1 MiB in every store and in a history',
  (form) => {
    const sizes = {
      sqlite: rowBytes(form),
      mongodb: BSON.calculateObjectSize(toDocument(inForm(form), form)),
      history: Buffer.byteLength(formatEntry(inForm(form))),
    }
    for (const [place, size] of Object.entries(sizes)) expect(size, place).toBeLessThan(Math.min(MIB, MAX_RECORD_BYTES))
    expect(sizes.mongodb, 'the test does measure large fields').toBeGreaterThan(MIB / 3)
  },
)

describeOnEachStore('the largest entry', (createStorage) => {
  test('the largest entry comes back as it was appended', async () => {
    const storage = await createStorage()
    const store = await openStore(parseStore(storage.location))
    expect(await store.append(entry)).toBe('appended')
    const found = await store.readLog(entry.service, { after: entry.generation - 1, limit: 1 })
    await store.close()
    await storage.remove()
    expect(found).toEqual([entry])
  })

  test('all aliases of a service are found at once, even if each points to one of the largest revisions', async () => {
    const storage = await createStorage()
    const store = await openStore(parseStore(storage.location))
    const { info, registeredInfo } = entry.revision
    const log = new Log()
    const aliases = Array.from({ length: 64 }, (_, index) => `alias-${index}`)
    for (const [index, alias] of aliases.entries())
      log.register(`1.${index}.0`, { info, registeredInfo }).setAlias(alias, `1.${index}.0`)
    await store.appendAll(log.entries)
    const found = await Promise.all(
      aliases.map((alias) => store.lookup(log.service, { by: 'alias', alias: parseAliasName(alias) })),
    )
    await store.close()
    await storage.remove()
    expect(found.map((each) => each?.revision?.ordinal)).toEqual(aliases.map((_, index) => 2 * index + 1))
  })
})
