import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { isSamePrincipal } from '../../src/domain/access/principal.ts'
import type { Person } from '../../src/redact/person.ts'
import { redactStore } from '../../src/redact/redact-store.ts'
import { Log } from '../../src/store/contract/log.ts'
import { purgeFile } from '../../src/store/sqlite/rewrite-rows.ts'
import { type RewritableStore, type Store, theDefault } from '../../src/store/store.ts'
import { randomFrom } from '../fuzz/random.ts'
import { damageDocument, damageRow } from '../support/damage.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { asForm2Storage, keptInForm2 } from '../support/form-2.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { exportHistoryText, exportText, importText, withStore } from '../transfer/support.ts'
import { bob, jane, killedAfter, person, randomLog, writerOf } from './support.ts'

const redact = (store: RewritableStore, given: Person = person) =>
  redactStore(store, { person: given, isDryRun: false })
const historyOf = async (store: Store) => (await exportHistoryText(store)).join('\n')

describeOnEachStore('a redaction', (createStorage) => {
  test('a redaction removes the person from every entry, verification finds no problem, and a second one finds nothing', async () => {
    await withStore(createStorage, async (store, storage) => {
      for (const name of ['a', 'b', 'c'])
        await store.appendAll(randomLog(randomFrom(name.charCodeAt(0)), name, 60).entries)
      const before = await historyOf(store)
      const dry = await redactStore(store, { person, isDryRun: true })
      expect(await historyOf(store)).toBe(before)
      const { entries, services, damaged } = await redact(store)
      expect({ entries, services, damaged }).toEqual({ entries: dry.entries, services: 3, damaged: 0 })
      expect(await problemsIn(storage.location)).toEqual([])
      expect(await historyOf(store)).not.toMatch(/jane@doe|issuer\.example","subject":"jane-1/)
      expect(await redact(store)).toMatchObject({ entries: 0, services: 0 })
    })
  })

  test('other people of the same name keep it, and so does everything else of each entry', async () => {
    await withStore(createStorage, async (store) => {
      await store.appendAll(randomLog(randomFrom(5), 'a', 80).entries)
      const before = (await historyOf(store)).split('\n').map((line) => JSON.parse(line))
      await redact(store)
      const after = (await historyOf(store)).split('\n').map((line) => JSON.parse(line))
      for (const [index, line] of before.entries()) {
        const isJane = line.principal.issuer === jane.issuer && line.principal.subject === jane.subject
        const { digest, ...left } = after[index].principal
        const expected = isJane ? { name: 'redacted', issuer: jane.issuer } : line.principal
        expect(left).toEqual(expected)
        expect(digest === undefined).toBe(!isJane)
        expect(after[index]).toEqual({ ...line, principal: after[index].principal, salt: isJane ? '' : line.salt })
      }
    })
  })

  test('readers see the name redacted: of the author of a revision that others changed, and of the author of the default', async () => {
    await withStore(createStorage, async (store) => {
      let by = jane
      const log = new Log([], undefined, { newWriter: () => writerOf(by) }).register('1.0.0')
      by = bob
      log.setAlias('beta', '1.0.0').update('1.0.0', { ...log.revision('1.0.0').info, description: 'd' })
      await store.appendAll(log.entries)
      const tag = { by: 'tag', tag: log.revision('1.0.0').revisionTag } as const
      expect((await store.lookup(log.service, tag))?.revision?.registeredBy).toBe('Jane Doe')
      expect((await redact(store)).entries).toBe(3)
      const found = await store.lookup(log.service, tag)
      expect([found?.revision?.registeredBy, found?.head.defaultRule?.actor]).toEqual(['redacted', 'redacted'])
      expect((await exportText(store)).join('\n')).not.toContain('Jane')
      const [first] = await store.readLog(log.service, { after: 0, limit: 1 })
      expect(isSamePrincipal(first?.principal ?? bob, jane)).toBe(false)
      expect(isSamePrincipal(first?.principal ?? bob, first?.principal ?? jane)).toBe(false)
    })
  })

  test('a redaction that was killed after any entry is completed by the next one, as if it had not been killed', async () => {
    await withStore(createStorage, async (whole) => {
      const { entries, service } = randomLog(randomFrom(9), 'a', 20, [jane, bob])
      await whole.appendAll(entries)
      const { entries: count } = await redact(whole)
      const expected = await whole.readLog(service, { after: 0, limit: 100 })
      expect(count).toBeGreaterThan(8)
      for (const killed of [0, 1, 5, count - 1]) {
        await withStore(createStorage, async (store) => {
          await store.appendAll(entries)
          await expect(redact(killedAfter(store, killed))).rejects.toThrow('killed')
          expect((await redact(store)).entries).toBe(count - killed)
          expect(await store.readLog(service, { after: 0, limit: 100 })).toEqual(expected)
        })
      }
    })
  })

  test('an entry that a server appends during a redaction, with the name in it, loses the name, too', async () => {
    await withStore(createStorage, async (store, storage) => {
      let by = jane
      const log = new Log([], undefined, { newWriter: () => writerOf(by) }).register('1.0.0')
      await store.appendAll(log.entries)
      by = bob
      const late = log.setAlias('beta', '1.0.0').next
      expect(late.head.defaultRule?.actor).toBe('Jane Doe')
      // After the last read of the first pass.
      const audit = async function* () {
        yield* store.audit()
        await store.append(late)
      }
      const racing = new Proxy(store, {
        get: (target, name) => (name === 'audit' ? audit : Reflect.get(target, name).bind(target)),
      })
      expect((await redact(racing)).entries).toBe(2)
      expect(JSON.stringify(await store.readLog(log.service, { after: 0, limit: 9 }))).not.toContain('Jane')
      expect(await problemsIn(storage.location)).toEqual([])
    })
  })

  test('a history with redacted entries is imported, and the copy is the same and verifies', async () => {
    await withStore(createStorage, async (store) => {
      await store.appendAll(randomLog(randomFrom(3), 'a', 40).entries)
      await redact(store)
      const history = await historyOf(store)
      await withStore(createStorage, async (copy, storage) => {
        expect(await importText(copy, `${history}\n`)).toMatchObject({ added: 40, refused: 0 })
        expect(await historyOf(copy)).toBe(history)
        expect(await problemsIn(storage.location)).toEqual([])
      })
    })
  })

  test('by its name, a person is removed from entries of every issuer, and the content that has the name is counted', async () => {
    await withStore(createStorage, async (store, storage) => {
      const log = randomLog(randomFrom(4), 'a', 30)
      log.register('3.0.0', { kind: 'import', principal: bob, registeredBy: 'Jane Doe', becomesDefault: false })
      await store.appendAll(log.entries)
      const { mentions, damaged } = await redact(store, { name: 'Jane Doe' })
      expect({ mentions, damaged }).toEqual({ mentions: 1, damaged: 0 })
      const rest = await historyOf(store)
      expect(rest.match(/Jane/g)).toHaveLength(1)
      expect(rest).toMatch(/"registeredBy":"Jane Doe"/)
      expect(await problemsIn(storage.location)).toEqual([])
    })
  })

  test('after a damaged entry of a service nothing is changed, and other services are redacted', async () => {
    await withStore(createStorage, async (store, storage) => {
      const damagedLog = randomLog(randomFrom(4), 'my-service', 20, [jane])
      await store.appendAll(damagedLog.entries)
      await store.appendAll(randomLog(randomFrom(4), 'other', 20, [jane]).entries)
      const isFile = storage.location.startsWith('sqlite:')
      if (isFile) await damageRow(storage.location.replace('sqlite:', ''), 3)
      else await damageDocument(storage.location, 3)
      expect(await redact(store)).toMatchObject({ entries: 22, services: 2, damaged: 1 })
      const { issuer, name } = (await store.readLog(damagedLog.service, { after: 3, limit: 1 }))[0]?.principal ?? {}
      expect({ issuer, name }).toEqual({ issuer: jane.issuer, name: jane.name })
    })
  })

  test('the names of anonymous callers, of imports and of redacted people cannot be removed', async () => {
    await withStore(createStorage, async (store) => {
      for (const given of [{ name: 'anonymous' }, { name: 'import' }, { name: 'redacted' }, { name: '' }]) {
        await expect(redact(store, given)).rejects.toMatchObject({ reason: 'INVALID_REQUEST' })
      }
      await expect(redact(store, { issuer: 'i', subject: '' })).rejects.toMatchObject({ reason: 'INVALID_REQUEST' })
    })
  })

  test('entries of form 2 lose the name, too, if they are found by it', async () => {
    await withStore(
      () => asForm2Storage(createStorage()),
      async (store, storage) => {
        let by = jane
        const newWriter = () => writerOf({ name: by.name })
        const log = new Log([], undefined, { keeps: keptInForm2, newWriter }).register('1.0.0')
        by = bob
        log
          .register('1.1.0', { becomesDefault: false })
          .update('1.0.0', { ...log.revision('1.0.0').info, description: 'd' })
        await store.appendAll(log.entries)
        expect((await redact(store)).entries).toBe(0)
        expect(await redact(store, { name: 'Jane Doe' })).toMatchObject({ entries: 3, mentions: 0 })
        expect(await redact(store, { name: 'Jane Doe' })).toMatchObject({ entries: 0 })
        expect((await store.lookup(log.service, theDefault))?.revision?.registeredBy).toBe('redacted')
        expect(await historyOf(store)).not.toContain('Jane')
        expect(await problemsIn(storage.location)).toEqual([])
      },
    )
  })
})

/** The files of a store that have a trace of the person. */
function tracesIn({ location }: Storage): string[] {
  const path = location.replace('sqlite:', '')
  const files = readdirSync(dirname(path)).filter((file) => file.startsWith(basename(path)))
  return files.filter((file) => /Jane Doe|jane-1|jane@doe/.test(readFileSync(join(dirname(path), file), 'latin1')))
}

describe('the files of SQLite after a redaction', () => {
  // Rows are inserted between others, so pages are split and keep remains of rows in their free space.
  test('no file of the store has any byte of the name, the subject or the claims, while a server has it open', async () => {
    await withStore(sqliteStorage, async (server, storage) => {
      for (let index = 0; index < 40; index++) {
        const log = randomLog(randomFrom(index), `s${(index * 17) % 40}`, 40, [jane, bob])
        await server.appendAll(log.entries)
      }
      expect(tracesIn(storage)).not.toEqual([])
      expect((await redact(server)).remains).toEqual([])
      expect(tracesIn(storage)).toEqual([])
    })
  })

  test('while another process reads the write-ahead log, the log is named as a place that still has the name', async () => {
    await withStore(sqliteStorage, async (store, storage) => {
      await store.appendAll(randomLog(randomFrom(1), 'a', 5, [jane]).entries)
      const reader = new DatabaseSync(storage.location.replace('sqlite:', ''))
      reader.exec('BEGIN; SELECT * FROM log')
      reader.prepare('SELECT * FROM log').get()
      const busy = purgeFile(storage.location.replace('sqlite:', ''), 50)
      expect(busy).toEqual(['the write-ahead log, because another process reads it; run the command again'])
      reader.close()
      expect((await redact(store)).remains).toEqual([])
    })
  })
})
