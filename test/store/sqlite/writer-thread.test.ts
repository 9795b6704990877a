import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test, vi } from 'vitest'
import { noInfo } from '../../../src/domain/revision-info.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { theDefault } from '../../../src/store/store.ts'
import { eventually } from '../../support/eventually.ts'
import { firstEntry, serviceOf } from './entries.ts'
import { holdWriteLock, servicesIn, useSqliteFile } from './files.ts'

const { path, open } = useSqliteFile()

afterEach(() => void vi.restoreAllMocks())

const unavailable = { reason: 'STORE_UNAVAILABLE' }

/** The writers' threads that have got a message since this call. */
function watchThreads(): { readonly newest: () => Worker } {
  const spy = vi.spyOn(Worker.prototype, 'postMessage')
  return { newest: () => spy.mock.contexts.at(-1) as Worker }
}

/** Makes the insert of each revision with the tag `slow` take a long time. */
function slowDown(): () => void {
  using db = new DatabaseSync(path())
  db.exec(`
    CREATE VIEW slow AS
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT i FROM n;
    CREATE TRIGGER slow_insert AFTER INSERT ON log WHEN NEW.tag = 'slow' BEGIN SELECT count(*) FROM slow; END`)
  return () => {
    using again = new DatabaseSync(path())
    again.exec('DROP TRIGGER slow_insert; DROP VIEW slow')
  }
}

function isLocked(): boolean {
  using db = new DatabaseSync(path(), { timeout: 0 })
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK')
    return false
  } catch {
    return true
  }
}

test('a thread that dies between an insert and its commit leaves nothing of it, and a second append stores it', async () => {
  const store = open()
  const threads = watchThreads()
  await store.append(firstEntry('before'))
  const speedUp = slowDown()
  const entry = firstEntry('slow', 'slow')
  const [slow, beside] = [store.append(entry), store.append(firstEntry('beside'))]
  await eventually('the thread inserts', async () => isLocked())
  const dying = threads.newest()
  await Promise.all([
    expect(slow).rejects.toMatchObject(unavailable),
    expect(beside).rejects.toMatchObject(unavailable),
    dying.terminate(),
  ])
  expect(servicesIn(path())).toEqual(['before'])
  speedUp()
  expect(await store.append(entry)).toBe('appended')
  expect(threads.newest()).not.toBe(dying)
  expect(servicesIn(path())).toEqual(['before', 'slow'])
})

test('every append that a dying thread did not acknowledge can be made again, and is stored once', async () => {
  const store = open()
  const threads = watchThreads()
  await store.append(firstEntry('before'))
  const names = Array.from({ length: 30 }, (_, round) => Array.from({ length: 10 }, (__, at) => `${round}-${at}`))
  let failed = 0
  for (const [round, some] of names.entries()) {
    const entries = some.map((name) => firstEntry(name))
    const appending = Promise.allSettled(entries.map((entry) => store.append(entry)))
    await new Promise((resolve) => setTimeout(resolve, round % 5))
    await threads.newest().terminate()
    for (const [index, outcome] of (await appending).entries()) {
      if (outcome.status === 'rejected') {
        failed++
        expect(outcome.reason).toMatchObject(unavailable)
      }
      expect(await store.append(entries[index] as (typeof entries)[number])).toBe('appended')
    }
  }
  expect(failed).toBeGreaterThan(0)
  expect(servicesIn(path()).sort()).toEqual(['before', ...names.flat()].sort())
})

test('an append that no thread can get is rejected, and the next one is stored', async () => {
  const store = open()
  vi.spyOn(Worker.prototype, 'postMessage').mockImplementationOnce(() => {
    throw new Error('no thread')
  })
  await expect(store.append(firstEntry('one'))).rejects.toMatchObject(unavailable)
  expect(await store.append(firstEntry('two'))).toBe('appended')
  expect(servicesIn(path())).toEqual(['two'])
})

test('an append that cannot be stored fails alone, and those beside it are stored', async () => {
  const store = open()
  const broken = firstEntry('broken')
  Object.assign(broken, { time: 1.5 })
  const outcomes = await Promise.allSettled(
    [firstEntry('one'), broken, firstEntry('two')].map((entry) => store.append(entry)),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(servicesIn(path())).toEqual(['one', 'two'])
})

test('at most 4,096 entries wait, and one more is refused with TOO_MANY_CHANGES', async () => {
  const store = open()
  await store.append(firstEntry('first'))
  const release = holdWriteLock(path())
  const log = new Log([], serviceOf('many'))
  for (let index = 0; index < 4_095; index++) log.register(`1.0.${index}`)
  const waiting = [store.appendAll(log.entries), store.append(firstEntry('last'))]
  await expect(store.append(firstEntry('refused'))).rejects.toMatchObject({ reason: 'TOO_MANY_CHANGES' })
  release()
  expect(await Promise.all(waiting)).toEqual([4_095, 'appended'])
  expect(await store.append(firstEntry('later'))).toBe('appended')
  expect(await store.lookup(serviceOf('refused'), theDefault)).toBeNull()
})

test('at most 16 MiB wait, and one more entry is refused with TOO_MANY_CHANGES', async () => {
  const store = open()
  await store.append(firstEntry('first'))
  const release = holdWriteLock(path())
  const info = { ...noInfo, description: 'x'.repeat(1024 ** 2) }
  const large = (name: string) => new Log([], serviceOf(name)).register('1.0.0', { info }).next
  const outcomes = Array.from({ length: 17 }, (_, index) => store.append(large(`large-${index}`)))
  const settled = Promise.allSettled(outcomes)
  await expect(outcomes.at(-1)).rejects.toMatchObject({ reason: 'TOO_MANY_CHANGES' })
  release()
  expect((await settled).filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(15)
})

test('a store that is closed stores the appends that were begun, and refuses further ones', async () => {
  const store = open()
  const appending = Array.from({ length: 20 }, (_, index) => store.append(firstEntry(`service-${index}`)))
  const closing = store.close()
  await expect(store.append(firstEntry('late'))).rejects.toMatchObject(unavailable)
  await closing
  expect(new Set(await Promise.all(appending))).toEqual(new Set(['appended']))
  expect(servicesIn(path())).toHaveLength(20)
})
