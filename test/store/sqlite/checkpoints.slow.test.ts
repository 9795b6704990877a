import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { Log } from '../../../src/store/contract/log.ts'
import type { Store } from '../../../src/store/store.ts'
import { serviceOf } from './entries.ts'
import { useSqliteFile } from './files.ts'

const { path, open } = useSqliteFile()

const MIB = 1024 ** 2
const logSize = () => statSync(`${path()}-wal`).size

let services = 0

/** Appends so many entries, 100 in each transaction. */
async function write(store: Store, count: number): Promise<void> {
  for (let written = 0; written < count; written += 100) {
    const log = new Log([], serviceOf(`service-${services++}`))
    for (let index = 0; index < 100; index++) log.register(`1.0.${index}`)
    expect(await store.appendAll(log.entries)).toBe(100)
  }
}

test('the write-ahead log stays small while a store is read page by page and written to', async () => {
  const store = open()
  await write(store, 5_000)
  let largest = 0
  for await (const batch of store.audit()) {
    expect(batch.length).toBeGreaterThan(0)
    await write(store, 2_000)
    largest = Math.max(largest, logSize())
    if (services > 250) break
  }
  expect(largest).toBeLessThan(32 * MIB)
})

test('a reader of another process that is held through 100,000 writes sees its state, and then the log begins again', async () => {
  const store = open()
  await write(store, 100)
  using reader = new DatabaseSync(path())
  reader.exec('BEGIN')
  const count = () => reader.prepare('SELECT count(*) AS entries FROM log').get()?.entries
  expect(count()).toBe(100)
  await write(store, 100_000)
  expect(count()).toBe(100)
  expect(logSize()).toBeGreaterThan(32 * MIB)
  reader.exec('COMMIT')
  expect(count()).toBe(100_100)
  await write(store, 10_000)
  expect(logSize()).toBeLessThanOrEqual(32 * MIB)
})
