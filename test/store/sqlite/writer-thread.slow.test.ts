import { rmSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test, vi } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { firstEntry } from './entries.ts'
import { holdWriteLock, servicesIn, useSqliteFile } from './files.ts'

const { path, open } = useSqliteFile()

afterEach(() => void vi.restoreAllMocks())

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('a thread that dies again and again is started with growing pauses, and afterwards the same store works', async () => {
  const store = open()
  const threads = new Set<Worker>()
  const { postMessage } = Worker.prototype
  vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
    threads.add(this)
    postMessage.call(this, message)
    void this.terminate()
  })
  const start = performance.now()
  let failed = 0
  while (performance.now() - start < 4_000) {
    await expect(store.append(firstEntry(`failed-${failed++}`))).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' })
  }
  expect(failed).toBeGreaterThan(4)
  expect(threads.size).toBeLessThan(14)
  vi.restoreAllMocks()
  expect(await store.append(firstEntry('stored'))).toBe('appended')
  expect(servicesIn(path())).toContain('stored')
})

test('each append waits 3 seconds for the lock of another process, however long others have waited', async () => {
  const store = open()
  await store.append(firstEntry('before'))
  const release = holdWriteLock(path())
  const start = performance.now()
  const failedAfter = store.append(firstEntry('early')).then(
    () => Number.NaN,
    () => performance.now() - start,
  )
  await pause(2_000)
  const late = store.append(firstEntry('late'))
  const waited = await failedAfter
  expect(waited).toBeGreaterThan(2_900)
  expect(waited).toBeLessThan(4_500)
  await pause(500)
  release()
  expect(await late).toBe('appended')
  expect(servicesIn(path())).toEqual(['before', 'late'])
})

test('a file that is deleted is noticed within a second or a little more, without a change', async () => {
  const store = open()
  await store.append(firstEntry('before'))
  rmSync(path())
  const start = performance.now()
  await eventually('a ping fails', () =>
    store.ping().then(
      () => false,
      () => true,
    ),
  )
  expect(performance.now() - start).toBeLessThan(1_500)
})
