import { expect, test } from 'vitest'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import type { BatchResult } from '../../../src/registry/queue/service-queue.ts'
import { ServiceQueues } from '../../../src/registry/queue/service-queues.ts'
import type { QueueItem } from '../../../src/registry/queue/waiting-line.ts'

const service = parseServiceId('my-org', 'my-service')
const done: BatchResult<QueueItem> = { again: [], late: [], taken: null, failure: undefined }

function createItem(signal = new AbortController().signal): QueueItem {
  return { readsStore: false, signal, reject: () => {} }
}

test('a late decision about a cancelled item does not give a service a second queue', async () => {
  const until = Promise.withResolvers<void>()
  const under = Promise.withResolvers<BatchResult<QueueItem>>()
  const controller = new AbortController()
  const late = createItem(controller.signal)
  const batches: number[] = []
  const queues = new ServiceQueues<QueueItem>(() => async (items) => {
    batches.push(items.length)
    return items.includes(late) ? { ...done, late: [{ item: late, until: until.promise }] } : under.promise
  })
  queues.add(service, late)
  await expect.poll(() => batches).toEqual([1])
  controller.abort()
  expect(queues.size).toBe(0)
  queues.add(service, createItem())
  until.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  expect(queues.size).toBe(1)
  queues.add(service, createItem())
  await new Promise((resolve) => setImmediate(resolve))
  expect(batches).toEqual([1, 1])
  under.resolve(done)
  await expect.poll(() => queues.size).toBe(0)
  expect(batches).toEqual([1, 1, 1])
})
