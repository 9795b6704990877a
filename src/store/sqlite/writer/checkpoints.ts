import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** New pages in the write-ahead log, "frames", after which they are copied into the main file: 8 MiB. */
const FRAMES = 2_048

/** Frames after which writes wait until the log can begin again: 256 MiB. */
const MAX_FRAMES = 65_536

/** How long that wait is at most. The reads of this process take milliseconds, but others may read for longer. */
const WAIT_MS = 100

/** The size to which the file of the log is cut when the log begins again, in bytes. */
const KEPT_BYTES = 32 * 1024 ** 2

/** Entries between two checkpoints if SQLite cannot count frames without one. An entry takes one to five frames. */
const ENTRIES = 512

/**
 * Copies the content of the write-ahead log into the main file. Only the writer's thread does so, after it has answered,
 * so no request waits for these writes. Reads go on during a checkpoint, but the log can begin again only after one that
 * no read has held up.
 */
export class Checkpoints {
  readonly #db: DatabaseSync
  readonly #countFrames: StatementSync | undefined
  #entries = 0
  #framesAtLast = 0

  /** `canCount`: whether SQLite can count frames without a checkpoint. */
  constructor(db: DatabaseSync, canCount = canCountFrames(db)) {
    this.#db = db
    db.exec(`PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${KEPT_BYTES}`)
    if (canCount) this.#countFrames = db.prepare('PRAGMA wal_checkpoint(NOOP)')
  }

  /** Makes a checkpoint if it is due after a commit of so many entries. */
  afterCommit(entries: number): void {
    this.#entries += entries
    if (!this.#isDue()) return
    this.#entries = 0
    // A log that is too long after this had readers who held it up, so the writer waits for them.
    if (this.#tryTo('PASSIVE') >= MAX_FRAMES) this.#tryTo('TRUNCATE')
  }

  /** Copies everything, and empties the log. */
  finish(): void {
    this.#tryTo('TRUNCATE')
  }

  #isDue(): boolean {
    if (this.#countFrames === undefined) return this.#entries >= ENTRIES
    const frames = framesOf(this.#countFrames)
    // The log has begun again.
    if (frames < this.#framesAtLast) this.#framesAtLast = 0
    if (frames - this.#framesAtLast < FRAMES) return false
    this.#framesAtLast = frames
    return true
  }

  // Returns the number of frames in the log. The entries are durable without a checkpoint. A later one succeeds, for
  // example after the disk has space again.
  #tryTo(mode: 'PASSIVE' | 'TRUNCATE'): number {
    try {
      this.#db.exec(`PRAGMA busy_timeout = ${WAIT_MS}`)
      return framesOf(this.#db.prepare(`PRAGMA wal_checkpoint(${mode})`))
    } catch {
      return 0
    }
  }
}

function framesOf(checkpoint: StatementSync): number {
  return Number(checkpoint.get()?.log)
}

// An older SQLite takes NOOP for PASSIVE.
function canCountFrames(db: DatabaseSync): boolean {
  const [major = 0, minor = 0] = String(db.prepare('SELECT sqlite_version() AS text').get()?.text)
    .split('.')
    .map(Number)
  return major > 3 || (major === 3 && minor >= 53)
}
