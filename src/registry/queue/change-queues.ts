import type { Store } from '../../store/store.ts'
import type { QueuedChange } from './queued-change.ts'
import { ServiceQueues } from './service-queues.ts'
import { writeBatch } from './write-batch.ts'

/** The changes that wait to be written to a store, by service. */
export type ChangeQueues = ServiceQueues<QueuedChange>

/** Makes the queues of the changes of a store. */
export function createChangeQueues(store: Store): ChangeQueues {
  return new ServiceQueues(({ namespace, name }) => {
    const place = { store, service: { namespace, name } }
    return (changes) => writeBatch(place, changes)
  })
}
