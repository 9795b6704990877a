import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { finishUpgrade, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import type { Entry } from '../../../src/domain/log.ts'
import { parseServiceId, type ServiceId } from '../../../src/domain/sruid.ts'
import { Log } from '../../../src/store/contract/log.ts'
import type { UpgradableStore } from '../../../src/store/forms/upgradable-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import { asForm2Storage, keptInForm2, readStoredForms } from '../../support/form-2.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import type { Storage } from '../../support/storage.ts'
import { useStores } from '../mongodb/open-stores.ts'

const serviceOf = (name: string | number) => parseServiceId('my-org', `service-${name}`)
const finish = (storage: Storage) => finishUpgrade(parseStore(storage.location))

const notFinished = { reason: 'UPGRADE_NOT_FINISHED', message: expect.stringContaining('waypost upgrade --finish') }

/** Reads a whole log. Fails if an entry of form 2 follows one of form 3, or the chain is not that of the log. */
async function readSound(store: Store, service: ServiceId): Promise<Entry[]> {
  const entries = await store.readLog(service, { after: 0, limit: 1_000 })
  for (const [index, { link, generation }] of entries.entries()) {
    const before = entries[index - 1]?.link ?? null
    expect(generation).toBe(index + 1)
    if (before !== null) expect(link, `entry ${generation} follows one of form 3`).not.toBeNull()
    if (link !== null) expect(link.prev).toBe(before?.hash ?? '')
  }
  return entries
}

/** Appends a registration to the log as it is now, until it is stored. */
async function register(store: Store, service: ServiceId, tag: string): Promise<void> {
  for (;;) {
    const stored = await store.readLog(service, { after: 0, limit: 1_000 })
    if ((await store.append(new Log(stored, service).register(tag).next)) === 'appended') return
  }
}

describeOnEachStore('a store whose upgrade is finished while it writes', (createStorage) => {
  let storage: Storage
  let stores: UpgradableStore[]

  beforeEach(async () => {
    storage = await asForm2Storage(createStorage())
    stores = await Promise.all([openStore(parseStore(storage.location)), openStore(parseStore(storage.location))])
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await storage.remove()
  })

  test('every append that is under way while the upgrade is finished is stored', async () => {
    const counts = Array.from({ length: 12 }, () => 0)
    let isStopping = false
    const writers = counts.map(async (_, writer) => {
      while (!isStopping) {
        const count = counts[writer] ?? 0
        await register(stores[writer % 2] as Store, serviceOf(writer % 4), `1.${count}.${writer}`)
        counts[writer] = count + 1
      }
    })
    const everybodyWrites = async () => {
      const before = [...counts]
      await eventually('every writer has written', async () => counts.every((count, at) => count > (before[at] ?? 0)))
    }
    await everybodyWrites()
    expect(await finish(storage)).toBe('finished')
    await everybodyWrites()
    isStopping = true
    await Promise.all(writers)
    const logs = await Promise.all([0, 1, 2, 3].map((name) => readSound(stores[0] as Store, serviceOf(name))))
    expect(logs.flat()).toHaveLength(counts.reduce((sum, count) => sum + count))
    expect(stores.map(({ form }) => form)).toEqual([3, 3])
    const forms = (await readStoredForms(storage.location)).map(({ form }) => form)
    expect(new Set(forms)).toEqual(new Set([2, 3]))
  })

  test('entries that are appended together while the upgrade is finished are stored in one form', async () => {
    const logs = Array.from({ length: 6 }, (_, name) => {
      const log = new Log([], serviceOf(name))
      for (let index = 0; index < 250; index++) log.register(`1.${index}.0`)
      return log
    })
    const appending = logs.map((log, index) => (stores[index % 2] as Store).appendAll(log.entries))
    await new Promise((resolve) => setTimeout(resolve, 20))
    await finish(storage)
    for (const [index, count] of (await Promise.all(appending)).entries()) {
      const { service } = logs[index] as Log
      const entries = await readSound(stores[0] as Store, service)
      expect(entries).toHaveLength(count)
      await register(stores[0] as Store, service, '2.0.0')
      await readSound(stores[0] as Store, service)
    }
  })

  test('the first append after the upgrade is finished is in form 3, even of many entries together', async () => {
    const [store] = stores as [UpgradableStore]
    await finish(storage)
    const log = new Log([], serviceOf('together')).register('1.0.0').register('1.1.0').register('1.2.0')
    expect(await store.appendAll(log.entries)).toBe(3)
    expect(await readSound(store, log.service)).toEqual(log.stored)
  })

  test('rollouts and reverts are refused until the upgrade is finished, and taken from then on', async () => {
    const [one, other] = stores as [UpgradableStore, UpgradableStore]
    const before = new Log([], serviceOf('rollout'), { keeps: keptInForm2 })
    before.register('1.0.0').register('2.0.0', { becomesDefault: false })
    await one.appendAll(before.entries)
    const log = new Log(before.stored, before.service).setRollout('2.0.0').revert(1)
    for (const store of stores) await expect(store.checkUpgrade()).rejects.toMatchObject(notFinished)
    await expect(one.appendAll(log.entries.slice(2))).rejects.toMatchObject(notFinished)
    await finish(storage)
    // This store appends nothing first, so it must ask the storage.
    expect(await one.appendAll(log.entries.slice(2))).toBe(2)
    await other.checkUpgrade()
    expect(await readSound(other, log.service)).toEqual(log.stored)
  })
})

describeOnEachStore('a new store that several processes open at once', (createStorage) => {
  test('stores that are opened at once in an empty place write form 3', async () => {
    const storage = await createStorage()
    const stores = await Promise.all(Array.from({ length: 5 }, () => openStore(parseStore(storage.location))))
    expect(stores.map(({ form }) => form)).toEqual([3, 3, 3, 3, 3])
    for (const [index, store] of stores.entries()) await register(store, serviceOf('new'), `1.${index}.0`)
    await readSound(stores[0] as Store, serviceOf('new'))
    expect((await readStoredForms(storage.location)).map(({ form }) => form)).toEqual([3, 3, 3, 3, 3])
    await Promise.all(stores.map((store) => store.close()))
    await storage.remove()
  })
})

describe.skipIf(mongoSkipReason)('the MongoDB store and the end of an upgrade', () => {
  const { mongo, open } = useStores(() => asForm2Storage(mongoStorage()))
  const finishNow = () => finish(mongo().storage)
  const threeOf = (name: string) => new Log([], serviceOf(name)).register('1.0.0').register('1.1.0').register('1.2.0')

  test('entries that build on one that was stored in form 2 are not stored in form 3', async () => {
    const store = await open()
    const { entries, service } = threeOf('partial')
    expect(await store.appendAll(entries.slice(0, 1))).toBe(1)
    await finishNow()
    expect(await store.appendAll(entries)).toBe(1)
    expect(await readSound(store, service)).toEqual(entries.slice(0, 1).map(keptInForm2))
  })

  test('an entry after one of form 3 is of form 3, even if the collection accepts form 2 again', async () => {
    const store = await open()
    const other = await open()
    await register(store, serviceOf('undone'), '1.0.0')
    await finishNow()
    await register(store, serviceOf('undone'), '1.1.0')
    expect([store.form, other.form]).toEqual([3, 2])
    await mongo().command({ collMod: 'entries', validator: {} })
    await register(other, serviceOf('undone'), '1.2.0')
    expect((await readStoredForms(mongo().storage.location)).map(({ form }) => form)).toEqual([2, 3, 3])
    await readSound(other, serviceOf('undone'))
  })

  test('an entry whose answer was lost before the upgrade was finished is found afterwards', async () => {
    const store = await open()
    const { next, service } = new Log([], serviceOf('lost')).register('1.0.0')
    mongo().proxy.loseAnswers()
    const appending = store.append(next)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await finishNow()
    mongo().proxy.restore()
    expect(await appending).toBe('appended')
    expect(await readSound(store, service)).toEqual([keptInForm2(next)])
  })

  test('a store that was cut off while the upgrade was finished writes form 3 when it is connected again', async () => {
    const store = await open()
    mongo().proxy.cut()
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await finishNow()
    mongo().proxy.restore()
    await store.ping()
    const { entries, stored, service } = threeOf('renewed')
    expect(await store.appendAll(entries)).toBe(3)
    expect(await readSound(store, service)).toEqual(stored)
  })

  test.for([{ validationAction: 'warn' }, { validationLevel: 'off' }])(
    'a collection that does not refuse form 2 (%j) is written in form 2',
    async (weaker) => {
      await finishNow()
      await mongo().command({ collMod: 'entries', ...weaker })
      expect((await open()).form).toBe(2)
      await finishNow()
      expect((await open()).form).toBe(3)
    },
  )
})
