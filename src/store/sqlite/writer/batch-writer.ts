import type { DatabaseSync } from 'node:sqlite'
import { RowWriter } from '../row-writer.ts'
import { isBusy } from '../sqlite-errors.ts'
import { formOf } from '../stored-form.ts'
import type { Inbox } from './inbox.ts'
import { type Answer, type Append, toFailure } from './messages.ts'

/** How long one attempt to get the lock blocks the thread. Between attempts, appends that waited too long are answered. */
const ATTEMPT_MS = 20

/** Inserts all appends that wait in one transaction, because they share one sync of the disk then. */
export class BatchWriter {
  readonly #db: DatabaseSync
  readonly #inbox: Inbox
  #rows: RowWriter

  constructor(db: DatabaseSync, inbox: Inbox) {
    this.#db = db
    this.#inbox = inbox
    this.#rows = new RowWriter(db, formOf(db))
  }

  /** Waits until no other process holds the lock. Yields answers for the appends whose time is over before that. */
  *begin(): Generator<readonly Answer[], boolean> {
    this.#db.exec(`PRAGMA busy_timeout = ${ATTEMPT_MS}`)
    while (this.#inbox.receive() > 0) {
      try {
        this.#db.exec('BEGIN IMMEDIATE')
        return true
      } catch (error) {
        yield failAll(isBusy(error) ? this.#inbox.takeExpired() : this.#inbox.takeAll(), error)
      }
    }
    return false
  }

  /** Inserts everything that waits, and commits. The answers are true once this returns. */
  commit(): readonly Answer[] {
    this.#inbox.receive()
    const appends = this.#inbox.takeAll()
    try {
      this.#followUpgrade()
      const answers = appends.map((append) => this.#answer(append))
      this.#db.exec('COMMIT')
      return answers
    } catch (error) {
      // If the disk is full, SQLite may have rolled back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      return failAll(appends, error)
    }
  }

  // One append that fails must not fail the others, unless SQLite has given up the whole transaction.
  #answer({ sequence, form, rows }: Append): Answer {
    if (form !== this.#rows.form) return { sequence, form: this.#rows.form }
    try {
      return { sequence, written: this.#rows.insert(rows) }
    } catch (error) {
      if (!this.#db.isTransaction) throw error
      return { sequence, failure: toFailure(error) }
    }
  }

  // Another process may have finished the upgrade of the file since the last transaction.
  #followUpgrade(): void {
    if (this.#rows.form === 2 && formOf(this.#db) === 3) this.#rows = new RowWriter(this.#db, 3)
  }
}

function failAll(appends: readonly Append[], error: unknown): readonly Answer[] {
  const failure = toFailure(error)
  return appends.map(({ sequence }) => ({ sequence, failure }))
}
