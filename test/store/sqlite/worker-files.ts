import type { UpgradableStore } from '../../../src/store/forms/upgradable-store.ts'
import { openSharedStore, openWorkerStore, type WorkerFile } from '../../../src/store/sqlite/sqlite-store.ts'
import { SharedWriter } from '../../../src/store/sqlite/writer/shared-writer.ts'

/** The store of a primary process, and those of its workers, all in this process. */
export interface SharedFile {
  /** The store of the primary process. */
  readonly store: UpgradableStore
  /** Opens the store of a worker. */
  openWorker(): WorkerStore
  close(): Promise<void>
}

export interface WorkerStore {
  readonly store: UpgradableStore
  /** Breaks the channel, as the death of one of the two processes does. */
  cut(): void
}

/** Opens a file as a primary process does. Messages are copied and arrive later, as between processes. */
export function shareFile(path: string): SharedFile {
  const writer = new SharedWriter()
  const store = openSharedStore(path, writer)
  const openWorker = () => {
    const { channel, cut } = channelTo(writer)
    return { store: openWorkerStore(path, { ...structuredClone(store.shared), channel }), cut }
  }
  return { store, openWorker, close: () => store.close() }
}

function channelTo(writer: SharedWriter): { channel: WorkerFile['channel']; cut: () => void } {
  let isCut = false
  let receive: Parameters<WorkerFile['channel']['onMessage']>[0] = () => {}
  let end: (error: Error) => void = () => {}
  const later = (deliver: () => void) => setImmediate(() => !isCut && deliver())
  const port = writer.connect((message) => {
    const copy = structuredClone(message)
    later(() => receive(copy))
  })
  const channel: WorkerFile['channel'] = {
    send: (appends) => {
      const copy = structuredClone(appends)
      later(() => port.receive(copy))
    },
    onMessage: (listener) => {
      receive = listener
    },
    onEnd: (listener) => {
      end = listener
    },
  }
  const cut = () => {
    isCut = true
    port.leave()
    end(new Error('the primary process has ended'))
  }
  return { channel, cut }
}
