import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { active } from '../../src/domain/lifecycle.ts'
import type { Entry } from '../../src/domain/log.ts'
import { Log } from '../../src/store/contract/log.ts'
import { checksum } from '../../src/store/forms/checksum.ts'
import { type AuditedStore, theDefault } from '../../src/store/store.ts'
import type { Problem } from '../../src/verify/problems.ts'
import { verifyStore } from '../../src/verify/verify.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { openRawLog, type RawEntry, type RawLog, replaceRaw } from '../support/raw-log.ts'
import type { Storage } from '../support/storage.ts'
import { everyKind, service } from './every-kind.ts'

const NAME = 'my-org/my-service'

describeOnEachStore('a verification of a store', (createStorage) => {
  let storage: Storage
  let store: AuditedStore
  let raw: RawLog

  beforeEach(async () => {
    storage = await createStorage()
    store = await openStore(parseStore(storage.location))
    for (const name of [NAME, 'my-org/other']) await store.appendAll(everyKind(service(name)).entries)
    raw = await openRawLog(storage)
  })

  afterEach(async () => {
    await raw.close()
    await store.close()
    await storage.remove()
  })

  async function problems(): Promise<string[]> {
    const found: Problem[] = []
    await verifyStore(store, { onProblem: (problem) => found.push(problem), onNote: () => {} })
    return found.map((problem) => `${problem.service} ${problem.generation} ${problem.code}`)
  }

  const entryAt = async (generation: number) =>
    (await raw.read(NAME)).find((entry) => entry.generation === generation) as RawEntry

  test('a sound store has no problems', async () => {
    expect(await problems()).toEqual([])
  })

  test('an entry that was left out is found, wherever it is except at the end', async () => {
    for (let generation = 1; generation < 12; generation++) {
      const entry = await entryAt(generation)
      await raw.remove(entry)
      expect(await problems()).toEqual([`${NAME} ${generation} ENTRY_MISSING`])
      await raw.insert(entry)
    }
  })

  test('an entry that was moved to another service or to an unknown one is found in both places', async () => {
    const entry = await entryAt(6)
    await replaceRaw(raw, entry, { service: 'my-org/unknown' })
    expect(await problems()).toEqual([
      `${NAME} 6 ENTRY_MISSING`,
      'my-org/unknown 1 ENTRY_MISSING',
      'my-org/unknown 6 ENTRY_DAMAGED',
    ])
  })

  test('the last entry of a service that was moved behind the last one of another is found there', async () => {
    await replaceRaw(raw, await entryAt(12), { service: 'my-org/other', generation: 13 })
    expect(await problems()).toEqual(['my-org/other 13 ENTRY_DAMAGED'])
  })

  test('an entry that was made from another one, with a new checksum, is found by its hash', async () => {
    const original = await entryAt(11)
    const text = String(original.body)
    const body = text.replace('"fingerprint":"f"', '"fingerprint":"g"')
    expect(body).not.toBe(text)
    const { id = original._id, time, tag = '' } = original
    const key = { id: String(id), service: service(NAME), generation: 11, time: Number(time), tag: String(tag) }
    await replaceRaw(raw, original, { body, crc: checksum(key, body) })
    expect(await problems()).toEqual([`${NAME} 11 WRONG_HASH`])
  })

  test('an entry that another writer has put in the place of one is found by the chain', async () => {
    const theirs = new Log(everyKind().entries.slice(0, 10)).request('r-2').register('9.9.9').newest
    await raw.remove(await entryAt(12))
    await store.append(theirs)
    expect(await problems()).toEqual([`${NAME} 12 WRONG_CHAIN`])
  })

  test('an entry of a newer form is no damage: reads and a verification say that a newer version wrote it', async () => {
    const newest = await entryAt(12)
    const body = String(newest.body).replace('"v":3', '"v":4')
    const { id = newest._id, time, revision } = newest
    const tag = (revision as { tag?: string } | undefined)?.tag ?? newest.tag
    const key = { id: String(id), service: service(NAME), generation: 12, time: Number(time), tag: String(tag) }
    await replaceRaw(raw, newest, { body, crc: checksum(key, body), ...('v' in newest && { v: 4 }) })
    await expect(store.lookup(service(NAME), theDefault)).rejects.toMatchObject({
      ...{ reason: 'NEWER_ENTRY', code: 'unavailable' },
      message: `entry 12 of ${NAME} has form 4, and this version of Waypost reads forms 1 to 3; use a newer Waypost.`,
    })
    expect(await problems()).toEqual([`${NAME} 12 NEWER_FORM`])
  })

  test('an entry whose form was changed without its checksum is damaged', async () => {
    const newest = await entryAt(12)
    await replaceRaw(raw, newest, { body: String(newest.body).replace('"v":3', '"v":4') })
    await expect(store.lookup(service(NAME), theDefault)).rejects.toMatchObject({ reason: 'DAMAGED_ENTRY' })
    expect(await problems()).toEqual([`${NAME} 12 ENTRY_DAMAGED`])
  })

  test('entries of form 2 are verified as far as they can be, and the chain begins after them', async () => {
    const old = everyKind(service('my-org/old')).entries.map((entry): Entry => ({ ...entry, link: null }))
    await store.appendAll(old)
    const stored = await store.readLog(service('my-org/old'), { after: 0, limit: 100 })
    const log = new Log(stored, service('my-org/old'))
      .register('2.0.0')
      .change('1.0.0', active)
      .setAlias('beta', '2.0.0')
    await store.appendAll(log.entries.slice(12))
    expect(await problems()).toEqual([])
  })
})
