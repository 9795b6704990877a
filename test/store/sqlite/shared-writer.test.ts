import { existsSync, renameSync, rmSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CONTRACT_CASE_TIMEOUT_MS, storeContract } from '../../../src/store/contract/contract.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { finishSqliteUpgrade } from '../../../src/store/sqlite/upgrade.ts'
import { type Store, theDefault } from '../../../src/store/store.ts'
import { damageRow } from '../../support/damage.ts'
import { createForm2File } from '../../support/form-2.ts'
import { problemsIn } from '../../support/verified.ts'
import { firstEntry, serviceOf } from './entries.ts'
import { holdWriteLock, servicesIn, useSqliteFile } from './files.ts'
import { type SharedFile, shareFile, type WorkerStore } from './worker-files.ts'

const { path } = useSqliteFile()
let file: SharedFile
let workers: Store[]

beforeEach(() => {
  file = shareFile(path())
  workers = []
})

afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(workers.map((worker) => worker.close()))
  await file.close()
})

function openWorker(): Store {
  return openWorkerWithCut().store
}

function openWorkerWithCut(): WorkerStore {
  const worker = file.openWorker()
  workers.push(worker.store)
  return worker
}

const unavailable = { reason: 'STORE_UNAVAILABLE' }

describe('the SQLite store of a worker keeps the contract', () => {
  for (const { name, run } of storeContract) {
    test(name, { timeout: CONTRACT_CASE_TIMEOUT_MS }, () =>
      run({
        open: async () => file.openWorker().store,
        interrupt: async () => {
          const release = holdWriteLock(path())
          return async () => release()
        },
        damage: (generation) => damageRow(path(), generation),
      }),
    )
  }
})

test('the appends of two workers are answered to the worker that made them, and only one thread writes', async () => {
  const posted = vi.spyOn(Worker.prototype, 'postMessage')
  const [a, b] = [openWorker(), openWorker()]
  const names = Array.from({ length: 40 }, (_, index) => `service-${index}`)
  const appending = names.map((name, index) => (index % 2 === 0 ? a : b).append(firstEntry(name)))
  // Both compete for one more service.
  const both = [a, b].map((store) => store.append(firstEntry('both')))
  expect(new Set(await Promise.all(appending))).toEqual(new Set(['appended']))
  expect((await Promise.all(both)).sort()).toEqual(['appended', 'generation-taken'])
  expect(new Set(posted.mock.contexts).size).toBe(1)
  expect(servicesIn(path()).sort()).toEqual([...names, 'both'].sort())
})

test('a worker reads a change of another worker as soon as it was acknowledged', async () => {
  const [a, b] = [openWorker(), openWorker()]
  for (let index = 0; index < 50; index++) {
    await a.append(firstEntry(`service-${index}`))
    expect(await b.lookup(serviceOf(`service-${index}`), theDefault)).toMatchObject({ generation: 1 })
  }
})

test('if the thread that writes dies, the appends of every worker are rejected, and can be made again', async () => {
  const posted = vi.spyOn(Worker.prototype, 'postMessage')
  const [a, b] = [openWorker(), openWorker()]
  await a.append(firstEntry('before'))
  const thread = posted.mock.contexts.at(-1) as Worker
  const release = holdWriteLock(path())
  const [one, two] = [firstEntry('one'), firstEntry('two')]
  const waiting = [a.append(one), b.append(two)]
  const rejected = waiting.map((append) => expect(append).rejects.toMatchObject(unavailable))
  await vi.waitFor(() => expect(posted.mock.calls.flat(2)).toHaveLength(3))
  await thread.terminate()
  await Promise.all(rejected)
  release()
  expect(await Promise.all([a.append(one), b.append(two)])).toEqual(['appended', 'appended'])
  expect(servicesIn(path()).sort()).toEqual(['before', 'one', 'two'])
})

test('if the primary process dies, the appends that wait are rejected, and further ones too, but reads go on', async () => {
  const { store: worker, cut } = openWorkerWithCut()
  await worker.append(firstEntry('before'))
  const release = holdWriteLock(path())
  const waiting = expect(worker.append(firstEntry('waiting'))).rejects.toMatchObject(unavailable)
  await new Promise(setImmediate)
  cut()
  await waiting
  await expect(worker.append(firstEntry('after'))).rejects.toMatchObject(unavailable)
  expect(await worker.lookup(serviceOf('before'), theDefault)).toMatchObject({ generation: 1 })
  release()
})

test('a worker that dies changes nothing for the others, and the appends that it has sent are stored', async () => {
  const { store: dying, cut } = openWorkerWithCut()
  const other = openWorker()
  await other.append(firstEntry('before'))
  const release = holdWriteLock(path())
  const lost = expect(dying.append(firstEntry('of-the-dead'))).rejects.toMatchObject(unavailable)
  const beside = other.append(firstEntry('beside'))
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
  cut()
  await lost
  release()
  expect(await beside).toBe('appended')
  expect(servicesIn(path())).toEqual(['before', 'of-the-dead', 'beside'])
})

test('no append of a worker is acknowledged after the file was replaced, and every worker learns of it', async () => {
  const [a, b] = [openWorker(), openWorker()]
  await a.append(firstEntry('before'))
  renameSync(path(), `${path()}.old`)
  await openSqliteStore(path()).close()
  await expect(a.append(firstEntry('after'))).rejects.toMatchObject(unavailable)
  await expect(b.append(firstEntry('after'))).rejects.toMatchObject(unavailable)
  await expect(b.lookup(serviceOf('before'), theDefault)).rejects.toMatchObject(unavailable)
  expect(servicesIn(path())).toEqual([])
})

test('a worker that starts after the file was replaced does not open the new file', async () => {
  rmSync(path())
  expect(() => openWorker()).toThrow(`${path()} was deleted or moved while it was in use`)
})

test('the clock of a worker goes on from that of the primary process, although the clock of the machine has jumped', async () => {
  const before = file.store.now()
  vi.useFakeTimers({ toFake: ['Date'] }).setSystemTime(before + 3_600_000)
  const worker = openWorker()
  expect(Math.abs(worker.now() - file.store.now())).toBeLessThan(100)
  expect(worker.now()).toBeLessThan(before + 1_800_000)
  vi.useRealTimers()
})

test('a worker appends in the new form once another process has finished the upgrade of the file', async () => {
  const old = `${path()}.form-2`
  createForm2File(old)
  const shared = shareFile(old)
  const worker = shared.openWorker().store
  await worker.append(firstEntry('old'))
  expect(worker.form).toBe(2)
  finishSqliteUpgrade(old)
  await worker.append(firstEntry('new'))
  expect(worker.form).toBe(3)
  await worker.close()
  await shared.close()
  expect(await problemsIn(`sqlite:${old}`)).toEqual([])
})

test('the primary process empties the write-ahead log at the end, after its workers', async () => {
  const worker = openWorker()
  await worker.append(firstEntry('one'))
  await worker.close()
  await file.close()
  expect(existsSync(`${path()}-wal`)).toBe(false)
  expect(servicesIn(path())).toEqual(['one'])
})
