import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { Pace } from './pace.ts'
import { ServiceQueue, type WriteBatch } from './service-queue.ts'
import type { QueueItem } from './waiting-line.ts'

// If more services than this are contended, the oldest paces are forgotten.
const MAX_PACES = 1_000

/** The queues of all services that are being changed. Services do not wait for each other. */
export class ServiceQueues<Item extends QueueItem> {
  readonly #writeTo: (service: ServiceId) => WriteBatch<Item>
  readonly #queues = new Map<string, ServiceQueue<Item>>()
  // A queue is empty, and forgotten, whenever its callers have their answers. The pace of a contended one must not be.
  readonly #paces = new Map<string, Pace>()

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
    const pace = this.#paces.get(subject) ?? new Pace()
    const onEmpty = () => {
      // A late decision can wake a queue that was forgotten. By then, the service may have another queue.
      if (this.#queues.get(subject) === queue) this.#close(subject, pace)
    }
    const queue: ServiceQueue<Item> = new ServiceQueue({ subject, write: this.#writeTo(service), onEmpty, pace })
    this.#queues.set(subject, queue)
    return queue
  }

  #close(subject: string, pace: Pace): void {
    this.#queues.delete(subject)
    this.#paces.delete(subject)
    if (!pace.isContended) return
    this.#paces.set(subject, pace)
    if (this.#paces.size > MAX_PACES) this.#paces.delete(this.#paces.keys().next().value as string)
  }
}
