import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { ServiceQueue, type WriteBatch } from './service-queue.ts'
import type { QueueItem } from './waiting-line.ts'

/** The queues of all services that are being changed. Services do not wait for each other. */
export class ServiceQueues<Item extends QueueItem> {
  readonly #writeTo: (service: ServiceId) => WriteBatch<Item>
  readonly #queues = new Map<string, ServiceQueue<Item>>()

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
    const queue = new ServiceQueue<Item>({ subject, write: this.#writeTo(service), onEmpty })
    this.#queues.set(subject, queue)
    return queue
  }
}
