import { RecentlyUsed } from '../../domain/recently-used.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { Pace } from './pace.ts'
import { ServiceQueue, type WriteBatch } from './service-queue.ts'
import type { QueueItem } from './waiting-line.ts'

// If other processes write to more services than this, too, it forgets the pace of some of them.
const MAX_PACES = 1_000

/** The queues of all services that are being changed. Services do not wait for each other. */
export class ServiceQueues<Item extends QueueItem> {
  readonly #writeTo: (service: ServiceId) => WriteBatch<Item>
  readonly #queues = new Map<string, ServiceQueue<Item>>()
  // A queue is empty, and forgotten, whenever its callers have their answers. Its pace must not be.
  readonly #paces = new RecentlyUsed<string, Pace>(MAX_PACES)

  /** `writeTo` returns the function that writes the batches of a service. */
  constructor(writeTo: (service: ServiceId) => WriteBatch<Item>) {
    this.#writeTo = writeTo
  }

  /** How many services have a queue. */
  get size(): number {
    return this.#queues.size
  }

  /** Adds an item to the queue of a service. Throws as `ServiceQueue.add` does. */
  add(service: ServiceId, item: Item): void {
    const subject = formatServiceId(service)
    const queue = this.#queues.get(subject) ?? this.#open(subject, service)
    queue.add(item)
  }

  #open(subject: string, service: ServiceId): ServiceQueue<Item> {
    const onEmpty = () => void this.#queues.delete(subject)
    const pace = this.#paces.getOrCreate(subject, () => new Pace())
    const queue = new ServiceQueue<Item>({ subject, write: this.#writeTo(service), onEmpty, pace })
    this.#queues.set(subject, queue)
    return queue
  }
}
