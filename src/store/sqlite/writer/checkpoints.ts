import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** New pages in the write-ahead log, "frames", after which they are copied into the main file: 8 MiB. */
const FRAMES = 2_048

/** Frames after which writes wait until the log can begin again: 256 MiB. */
const MAX_FRAMES = 65_536

/** How long that wait is at most. The reads of this process take milliseconds, but others may read for longer. */
const WAIT_MS = 100

/** The size to which the file of the log is cut when the log begins again, in bytes. */
const KEPT_BYTES = 32 * 1024 ** 2

/** Appends between two checkpoints if SQLite cannot count frames. */
const APPENDS = 512

/**
 * Copies the content of the write-ahead log into the main file. Only the writer's thread does so, after it has answered,
 * so no request waits for these writes. Reads go on during a checkpoint, but the log can begin again only after one that
 * no read has held up.
 */
export class Checkpoints {
  readonly #db: DatabaseSync
  readonly #countFrames: StatementSync | undefined
  #appends = 0
  #framesAtLast = 0

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec(`PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${KEPT_BYTES}`)
    if (canCountFrames(db)) this.#countFrames = db.prepare('PRAGMA wal_checkpoint(NOOP)')
  }

  /** Makes a checkpoint if it is due. */
  afterCommit(appends: number): void {
    this.#appends += appends
    const frames = this.#frames()
    // The log has begun again.
    if (frames < this.#framesAtLast) this.#framesAtLast = 0
    if (frames - this.#framesAtLast < FRAMES) return
    this.#appends = 0
    this.#framesAtLast = frames
    this.#tryTo(frames < MAX_FRAMES ? 'PASSIVE' : 'TRUNCATE')
  }

  /** Copies everything, and empties the log. */
  finish(): void {
    this.#tryTo('TRUNCATE')
  }

  #frames(): number {
    if (this.#countFrames) return Number(this.#countFrames.get()?.log)
    return this.#appends < APPENDS ? 0 : this.#framesAtLast + FRAMES
  }

  // The entries are durable without a checkpoint. A later one succeeds, for example after the disk has space again.
  #tryTo(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#db.exec(`PRAGMA busy_timeout = ${WAIT_MS}; PRAGMA wal_checkpoint(${mode})`)
    } catch {}
  }
}

// An older SQLite takes NOOP for PASSIVE.
function canCountFrames(db: DatabaseSync): boolean {
  const [major = 0, minor = 0] = String(db.prepare('SELECT sqlite_version() AS text').get()?.text)
    .split('.')
    .map(Number)
  return major > 3 || (major === 3 && minor >= 53)
}
