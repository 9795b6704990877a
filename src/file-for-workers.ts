import type { StoreLocation } from './config.ts'
import { atStore } from './naming.ts'
import { openSharedStore, type WorkerFile } from './store/sqlite/sqlite-store.ts'
import { SharedWriter, type SharedWriterPort } from './store/sqlite/writer/shared-writer.ts'

export type { WorkerFile } from './store/sqlite/sqlite-store.ts'

/** The messages of a worker to the writer of the primary process. */
export type ToSharedWriter = Parameters<WorkerFile['channel']['send']>[0]

/** The messages of the writer to a worker. */
export type FromSharedWriter = Parameters<Parameters<SharedWriter['connect']>[0]>[0]

/** The file of the primary process. It owns the writer, the checkpoints and the identity of the file. */
export interface FileForWorkers {
  readonly files: WorkerFile['files']
  /** Connects a worker. `tell` gets the messages for it. */
  connect(tell: (message: FromSharedWriter) => void): SharedWriterPort
  /** Ends the writer. Call it after the workers have ended. */
  close(): Promise<void>
}

/**
 * Opens the file of a SQLite store for workers. Rejects if it cannot be used. Undefined for other stores, because each
 * worker has its own connections to them. The primary process loads only this part of a server, so that it starts fast.
 */
export async function openFileForWorkers(location: StoreLocation): Promise<FileForWorkers | undefined> {
  if (location.kind !== 'sqlite') return undefined
  const writer = new SharedWriter()
  const store = await atStore(location, async () => openSharedStore(location.path, writer))
  return { files: store.files, connect: (tell) => writer.connect(tell), close: () => store.close() }
}
