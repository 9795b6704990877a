import { describe, expect, test } from 'vitest'
import { RegistryError } from '../../../src/domain/errors.ts'
import { Pace } from '../../../src/registry/queue/pace.ts'
import { type BatchResult, ServiceQueue } from '../../../src/registry/queue/service-queue.ts'

const outage = new RegistryError({ reason: 'STORE_UNAVAILABLE', message: 'the store cannot be reached.' })
const done: BatchResult<Item> = { again: [], late: [], taken: null, failure: undefined }

const lost = { base: 1, appended: 0, isLost: true }

class Item {
  readonly #controller = new AbortController()
  readonly signal = this.#controller.signal
  readonly name: string
  readonly readsStore: boolean
  rejected: unknown

  constructor(name: string, readsStore = false) {
    this.name = name
    this.readsStore = readsStore
  }

  cancel() {
    this.#controller.abort('canceled')
  }

  reject(reason: unknown) {
    this.rejected = reason
  }
}

/** A queue whose batches end when a test says so. */
class TestQueue {
  readonly batches: string[][] = []
  readonly queue: ServiceQueue<Item>
  emptied = 0
  readonly #ends: PromiseWithResolvers<BatchResult<Item>>[] = []

  constructor() {
    this.queue = new ServiceQueue<Item>({
      subject: 'my-org/my-service',
      pace: new Pace(),
      onEmpty: () => void this.emptied++,
      write: (items) => {
        this.batches.push(items.map(({ name }) => name))
        const end = Promise.withResolvers<BatchResult<Item>>()
        this.#ends.push(end)
        return end.promise
      },
    })
  }

  add(...names: string[]): Item[] {
    const items = names.map((name) => new Item(name, name.startsWith('reads')))
    for (const item of items) this.queue.add(item)
    return items
  }

  /** Ends the batch that is under way, and waits for the next one. */
  async end(result: Partial<BatchResult<Item>> = {}): Promise<void> {
    await expect.poll(() => this.#ends.length).toBeGreaterThan(0)
    const before = this.batches.length
    this.#ends.shift()?.resolve({ ...done, ...result })
    const isOver = () => this.batches.length > before || this.emptied > 0
    await expect.poll(isOver, { interval: 1 }).toBe(true)
  }
}

describe('a queue of a service', () => {
  test('items of one turn share a batch, and later items wait for its end', async () => {
    const queue = new TestQueue()
    queue.add('a', 'b')
    await Promise.resolve()
    queue.add('c', 'd')
    expect(queue.batches).toEqual([['a', 'b']])
    await queue.end()
    expect(queue.batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    expect(queue.emptied).toBe(0)
    await queue.end()
    expect(queue.emptied).toBe(1)
  })

  test('an item that is tried again keeps its place before items that came later', async () => {
    const queue = new TestQueue()
    const [, b, c] = queue.add('a', 'b', 'c') as [Item, Item, Item]
    await Promise.resolve()
    queue.add('d')
    await queue.end({ again: [c, b], taken: lost })
    expect(queue.batches.at(-1)).toEqual(['b', 'c', 'd'])
  })

  test('an item that reads the store is the first of its batch', async () => {
    const queue = new TestQueue()
    queue.add('a', 'reads 1', 'reads 2', 'b', 'reads 3')
    for (let count = 0; count < 4; count++) await queue.end()
    expect(queue.batches).toEqual([['a'], ['reads 1'], ['reads 2', 'b'], ['reads 3']])
  })

  test('a late item lets others go first, and keeps its place', async () => {
    const queue = new TestQueue()
    const [a] = queue.add('a') as [Item]
    await Promise.resolve()
    queue.add('b')
    const decision = Promise.withResolvers<void>()
    await queue.end({ late: [{ item: a, until: decision.promise }] })
    expect(queue.batches.at(-1)).toEqual(['b'])
    queue.add('c')
    decision.resolve()
    await decision.promise
    await queue.end()
    expect(queue.batches.at(-1)).toEqual(['a', 'c'])
  })

  test('a late item goes on if nothing else waits, even if its decision fails', async () => {
    const queue = new TestQueue()
    const [a] = queue.add('a') as [Item]
    await Promise.resolve()
    await queue.end({ late: [{ item: a, until: Promise.reject(new Error('failed')) }] })
    expect(queue.batches).toEqual([['a'], ['a']])
    expect(queue.emptied).toBe(0)
  })

  test('a cancelled item leaves the queue, and one whose batch is under way leaves after it', async () => {
    const queue = new TestQueue()
    const [a, b] = queue.add('a', 'b') as [Item, Item]
    await Promise.resolve()
    const [c] = queue.add('c', 'd') as [Item]
    c.cancel()
    expect(c.rejected).toBe('canceled')
    a.cancel()
    expect(a.rejected).toBeUndefined()
    await queue.end({ again: [a, b] })
    expect(a.rejected).toBe('canceled')
    expect(queue.batches.at(-1)).toEqual(['b', 'd'])
  })

  test('an item whose signal has aborted is refused, and so is the 1,001st item that waits', async () => {
    const queue = new TestQueue()
    const gone = new Item('gone')
    gone.cancel()
    expect(() => queue.queue.add(gone)).toThrow('canceled')
    queue.add('first')
    await Promise.resolve()
    queue.add(...Array.from({ length: 1_000 }, (_, index) => `${index}`))
    expect(() => queue.add('one too many')).toThrow(
      expect.objectContaining({ code: 'resource_exhausted', reason: 'TOO_MANY_CHANGES' }),
    )
    await queue.end()
    expect(queue.batches.at(-1)).toHaveLength(100)
    queue.add('welcome again')
  })

  test('an item is given up after 256 attempts', async () => {
    const item = new Item('a')
    let attempts = 0
    const lose = async (): Promise<BatchResult<Item>> => {
      attempts++
      return { ...done, again: [item], taken: lost }
    }
    const queue = new ServiceQueue<Item>({
      subject: 'my-org/my-service',
      pace: new Pace(),
      write: lose,
      onEmpty: () => {},
    })
    queue.add(item)
    await expect.poll(() => item.rejected, { timeout: 20_000 }).toMatchObject({ reason: 'TOO_MANY_CONFLICTS' })
    expect(attempts).toBe(256)
  })

  test('an item that waits is rejected at the second failure of the store, so it does not wait for all of them', async () => {
    const queue = new TestQueue()
    queue.add('a')
    await Promise.resolve()
    const [one, two] = queue.add('reads 1', 'reads 2') as [Item, Item]
    await queue.end({ failure: outage })
    expect([one.rejected, two.rejected]).toEqual([undefined, undefined])
    await queue.end({ failure: outage })
    expect(two.rejected).toBe(outage)
    expect(queue.batches).toEqual([['a'], ['reads 1']])
  })

  test('a failure that is no outage does not count for the items that wait', async () => {
    const queue = new TestQueue()
    queue.add('a')
    await Promise.resolve()
    queue.add('reads 1', 'reads 2', 'reads 3')
    for (let count = 0; count < 3; count++) await queue.end({ failure: new Error('a defect') })
    expect(queue.batches).toEqual([['a'], ['reads 1'], ['reads 2'], ['reads 3']])
  })

  test('if writing has a defect, the items of the batch are rejected, and the queue goes on', async () => {
    const defect = new Error('a defect')
    const [a, b] = [new Item('a'), new Item('b', true)]
    const write = (items: readonly Item[]) => (items.includes(a) ? Promise.reject(defect) : Promise.resolve(done))
    let emptied = false
    const queue = new ServiceQueue<Item>({
      subject: 'my-org/my-service',
      pace: new Pace(),
      write,
      onEmpty: () => (emptied = true),
    })
    for (const item of [a, b]) queue.add(item)
    await expect.poll(() => emptied).toBe(true)
    expect([a.rejected, b.rejected]).toEqual([defect, undefined])
  })
})
