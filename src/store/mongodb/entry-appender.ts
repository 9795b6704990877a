import type { Entry } from '../../domain/log.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import type { Form } from '../forms/stored-entry.ts'
import type { AppendResult } from '../store.ts'
import { type MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts'
import { toDocument } from './documents.ts'
import { BOUNDED } from './entry-finder.ts'
import { DUPLICATE_KEY, FAILED_VALIDATION, hasCode, isOutage } from './errors.ts'
import { formOf } from './prepare-collection.ts'

const MAX_RETRY_DELAY_MS = 100
const INSERTS_AT_ONCE = 100

/** The form that an entry is stored in. Null: its generation is taken. */
type Appended = Form | null

/** Appends entries, in form 2 until the upgrade of the collection is finished. */
export class EntryAppender {
  readonly #connection: MongoConnection
  #form: Form

  constructor(connection: MongoConnection, form: Form) {
    this.#connection = connection
    this.#form = form
  }

  /** The form that new entries are written in, as far as is known. */
  get form(): Form {
    return this.#form
  }

  /** As `Store.append`. */
  async append(entry: Entry): Promise<AppendResult> {
    return (await this.#appendBounded(entry)) === null ? 'generation-taken' : 'appended'
  }

  /** As `Store.appendAll`. */
  async appendAll(entries: readonly Entry[]): Promise<number> {
    if (await this.#insertAll(entries)) return entries.length
    let before: Form | undefined
    for (const [index, entry] of entries.entries()) {
      const appended = await this.#appendBounded(entry, before)
      if (appended === null) return index
      before = appended
    }
    return entries.length
  }

  /** Resolves if a majority of the members would store an entry now. The write matches no document. */
  async probe(): Promise<void> {
    const nothing = { service: '', generation: 0 }
    await this.#connection.bounded(() => this.#connection.entries.updateOne(nothing, { $set: { service: '' } }))
  }

  // Resolves false if another writer has taken one of the generations, or the upgrade was finished, which are both rare.
  // The caller then appends the entries one by one, including those that are already stored.
  async #insertAll(entries: readonly Entry[]): Promise<boolean> {
    const [first] = entries
    if (first === undefined) return true
    const form = this.#formFor(first)
    for (let at = 0; at < entries.length; at += INSERTS_AT_ONCE) {
      const documents = entries.slice(at, at + INSERTS_AT_ONCE).map((entry) => toDocument(entry, form))
      const insert = () => this.#connection.entries.insertMany(documents, { ordered: true })
      if (!(await this.#connection.bounded(() => unlessRefused(insert)))) return false
    }
    return true
  }

  #appendBounded(entry: Entry, before?: Form): Promise<Appended> {
    return this.#connection.bounded(() => this.#appendUntilKnown(entry, before))
  }

  // An insert whose answer was lost may have been stored. Sending it again finds out: either it is stored now, or the
  // key is taken, and the id of the stored entry shows whether it is this one.
  async #appendUntilKnown(entry: Entry, before: Form | undefined): Promise<Appended> {
    const deadline = performance.now() + OPERATION_TIMEOUT_MS
    for (;;) {
      try {
        return await this.#insertInForm(entry, before)
      } catch (error) {
        if (!isOutage(error) || performance.now() + MAX_RETRY_DELAY_MS > deadline) throw error
        // The delay is random, because writers that collided would collide again after equal delays.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_RETRY_DELAY_MS))
      }
    }
  }

  // Another process may have finished the upgrade since this one has started. Then the collection refuses form 2.
  async #insertInForm(entry: Entry, before: Form | undefined): Promise<Appended> {
    const form = this.#formFor(entry, before)
    try {
      return await this.#insert(entry, form)
    } catch (error) {
      if (form === 3 || !hasCode(error, FAILED_VALIDATION)) throw error
      this.#form = (await formOf(this.#connection)) ?? form
      if (!continuesChain(entry)) return this.#insert(entry, this.#form)
      // The entry has the hash of an entry that was stored without it, so it can no longer be stored, unless it was
      // before. The caller reads the one that was stored, and decides again.
      return (await this.#findStored(entry)) ?? null
    }
  }

  // An entry that continues a chain must have the form of the entry before it, whose form is `before` if the same caller
  // has just appended it. Else the caller has read its hash from the store, so it is of form 3. This holds even if the
  // collection accepts form 2 again, for example because a failover has undone a change of the collection.
  #formFor(entry: Entry, before: Form = 3): Form {
    return continuesChain(entry) ? before : this.#form
  }

  async #insert(entry: Entry, form: Form): Promise<Appended> {
    try {
      await this.#connection.entries.insertOne(toDocument(entry, form))
      return form
    } catch (error) {
      if (!hasCode(error, DUPLICATE_KEY)) throw error
      const stored = await this.#findStored(entry)
      if (stored === undefined) throw error
      return stored
    }
  }

  // Undefined: nothing is stored at the generation of the entry. The entry that took it may not be on most members yet.
  // So this is the only read with `local`, and nothing is answered by it: the caller reads again.
  async #findStored(entry: Entry): Promise<Appended | undefined> {
    const key = { service: formatServiceId(entry.service), generation: entry.generation }
    const holder = await this.#connection.entries.findOne(key, {
      ...BOUNDED,
      projection: { _id: 1, v: 1 },
      readConcern: { level: 'local' },
    })
    if (holder === null) return undefined
    if (holder._id !== entry.id) return null
    await this.#confirm(entry)
    return holder.v === 3 ? 3 : 2
  }

  // The entry is stored, but its insert may not have waited for a majority. A write that changes nothing waits for all
  // writes before it.
  async #confirm({ id, service, event }: Entry): Promise<void> {
    await this.#connection.entries.updateOne({ _id: id, service: formatServiceId(service) }, { $set: { event } })
  }
}

function continuesChain({ link }: Entry): boolean {
  return link !== null && link.prev !== ''
}

async function unlessRefused(insert: () => Promise<unknown>): Promise<boolean> {
  try {
    await insert()
    return true
  } catch (error) {
    if (hasCode(error, DUPLICATE_KEY) || hasCode(error, FAILED_VALIDATION)) return false
    throw error
  }
}
