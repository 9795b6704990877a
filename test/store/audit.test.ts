import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import type { Entry } from '../../src/domain/log.ts'
import { Log } from '../../src/store/contract/log.ts'
import type { AuditedEntry, AuditedStore } from '../../src/store/store.ts'
import { collect } from '../support/collect.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { openRawLog, type RawEntry, type RawLog, replaceRaw } from '../support/raw-log.ts'
import type { Storage } from '../support/storage.ts'
import { audited } from '../verify/audited.ts'
import { everyKind, everyNewKind, service } from '../verify/every-kind.ts'

describeOnEachStore('an audit of a store', (createStorage) => {
  let storage: Storage
  let store: AuditedStore
  let raw: RawLog

  beforeEach(async () => {
    storage = await createStorage()
    store = await openStore(parseStore(storage.location))
    raw = await openRawLog(storage)
  })

  afterEach(async () => {
    await raw.close()
    await store.close()
    await storage.remove()
  })

  const auditAll = async () => (await collect(store.audit())).flat()
  const places = (found: readonly AuditedEntry[]) =>
    found.map((each) => `${each.service} ${each.generation}${each.damage === null ? '' : ` ${each.damage}`}`)
  const entryAt = async (generation: number, of = 'my-org/my-service') =>
    (await raw.read(of)).find((entry) => entry.generation === generation) as RawEntry

  test('an audit yields nothing for an empty store, and the storage of it is sound', async () => {
    expect(await auditAll()).toEqual([])
    expect(await store.checkStorage()).toEqual([])
  })

  test('an audit yields every entry of every service, by service and generation, however many there are', async () => {
    const long = new Log([], service('my-org/long')).register('1.0.0').setAlias('beta')
    for (let index = 1; index < 250; index++) long.register(`1.${index}.0`)
    const logs = [everyNewKind(service('a/b')), everyNewKind(service('a-b/c')), long]
    for (const { entries } of logs) await store.appendAll(entries)
    const [b, c] = logs as [Log, Log, Log]
    expect(await auditAll()).toEqual([...c.entries, ...b.entries, ...long.entries].map(audited))
  })

  test('an audit yields entries of form 2, too, which say nothing without their state', async () => {
    const { entries } = new Log(everyKind().entries.map((entry): Entry => ({ ...entry, link: null }))).register('2.0.0')
    await store.appendAll(entries)
    const found = await auditAll()
    expect(places(found)).toHaveLength(13)
    expect(found.map(({ said }) => said?.generation)).toEqual([...Array(12).fill(undefined), 13])
  })

  test('an audit yields the entries of a service without a first entry', async () => {
    await store.appendAll(everyKind().entries.slice(0, 3))
    await raw.remove(await entryAt(1))
    expect(places(await auditAll())).toEqual(['my-org/my-service 2', 'my-org/my-service 3'])
  })

  test('an audit yields an entry that was moved to a service that does not exist, or to a text that is not a service', async () => {
    await store.appendAll(everyKind().entries.slice(0, 4))
    await replaceRaw(raw, await entryAt(2), { service: 'my-org/unknown' })
    await replaceRaw(raw, await entryAt(4), { service: 'Not a service: ÿ' })
    expect(places(await auditAll())).toEqual([
      'Not a service: ÿ 4 damaged',
      'my-org/my-service 1',
      'my-org/my-service 3',
      'my-org/unknown 2 damaged',
    ])
  })

  test('an audit goes on after an entry that cannot be read, and says which others lack a part of it', async () => {
    const { entries } = everyKind()
    await store.appendAll(entries)
    // It has the list of the aliases, which the next entry moves.
    await replaceRaw(raw, await entryAt(4), { body: '{}' })
    const found = await auditAll()
    expect(found[3]).toMatchObject({ generation: 4, entry: null, said: null, damage: 'damaged' })
    expect(found.map(({ entry, said }) => (entry ? 'whole' : said ? 'part' : 'none')).join(' ')).toBe(
      'whole whole whole none part part part part whole whole whole whole',
    )
    expect(found[4]?.said).toEqual(audited(entries[4] as Entry).said)
  })

  test('an audit yields an entry that is found by values that are not its own, with its damage', async () => {
    const { entries } = everyKind()
    await store.appendAll(entries)
    const first = await entryAt(1)
    const wrong = 'registration' in first ? { releaseOf: 'my-org/other' } : { release: 'x' }
    await replaceRaw(raw, first, wrong)
    expect((await auditAll())[0]).toEqual({ ...audited(entries[0] as Entry), damage: 'wrong-keys' })
  })
})
