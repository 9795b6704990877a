import type { ServeConfig } from '../../../config/serve-config.ts'
import type {
  FileForWorkers,
  FromSharedWriter,
  LeaseGrant,
  LeaseRequest,
  MetricsSnapshot,
  ToSharedWriter,
} from '../../../for-workers.ts'
import type { StartFailure } from './start-failure.ts'

/** All that a worker needs to start. */
export interface WorkerStart {
  readonly config: ServeConfig
  /** Its number, from 1. A worker that takes the place of another one has the same number. */
  readonly number: number
  /** The file of the store, as the primary process has opened it; undefined: the store is no file. */
  readonly file: FileForWorkers['shared'] | undefined
}

/** A message to a worker. */
export type ToWorker =
  | { readonly kind: 'start'; readonly start: WorkerStart }
  /** The primary process listens on this address. */
  | { readonly kind: 'listening'; readonly address: string }
  /** A socket comes with it. */
  | { readonly kind: 'connection' }
  /** Send the metrics. */
  | { readonly kind: 'read-metrics' }
  /** Read the TLS files and the policy module again. */
  | { readonly kind: 'reload' }
  /** Finish the requests in flight, and end. */
  | { readonly kind: 'stop' }
  /** From the writer of the primary process. */
  | { readonly kind: 'writer'; readonly message: FromSharedWriter }
  /** The calls that it may serve. */
  | { readonly kind: 'grants'; readonly grants: readonly LeaseGrant[] }

/** A message of a worker. */
export type FromWorker =
  /** It can serve. */
  | { readonly kind: 'ready' }
  /** It has taken a connection. `open` is the number of its connections now. */
  | { readonly kind: 'taken'; readonly open: number }
  | { readonly kind: 'metrics'; readonly snapshot: MetricsSnapshot }
  /** It cannot start, and ends. */
  | { readonly kind: 'failed'; readonly failure: StartFailure }
  /** To the writer of the primary process. */
  | { readonly kind: 'appends'; readonly appends: ToSharedWriter }
  /** It asks which calls it may serve. */
  | { readonly kind: 'leases'; readonly requests: readonly LeaseRequest[] }
