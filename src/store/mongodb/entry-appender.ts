import { MongoServerError } from 'mongodb'
import type { Entry } from '../../domain/log.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import { fitsForm2, upgradeNotFinished } from '../forms/fits-form-2.ts'
import type { Form } from '../forms/stored-entry.ts'
import type { AppendResult } from '../store.ts'
import { COMMAND_TIMEOUT_MS, type MongoConnection, WRITE_TIMEOUT_MS } from './connection.ts'
import { DocumentInserter, inBatches } from './document-inserter.ts'
import { type EntryDocument, toDocument } from './documents.ts'
import { FAILED_VALIDATION, WRITE_CONFLICT } from './errors.ts'
import { formOf } from './prepare-collection.ts'

/** How far the append of some entries came. */
interface Progress {
  /** The number of entries that are stored, and known to be. */
  stored: number
  /** The form of the last stored entry, or of the first entry if none is stored. */
  form: Form
}

/** Appends entries, in form 2 until the upgrade of the collection is finished. */
export class EntryAppender {
  readonly #connection: MongoConnection
  readonly #inserter: DocumentInserter
  #form: Form

  constructor(connection: MongoConnection, form: Form) {
    this.#connection = connection
    this.#inserter = new DocumentInserter(connection)
    this.#form = form
  }

  /** The form that new entries are written in, as far as is known. */
  get form(): Form {
    return this.#form
  }

  /** Whether the upgrade of the collection is finished. It asks the server unless that is known. */
  async isUpgraded(): Promise<boolean> {
    if (this.#form === 2) this.#form = (await this.#connection.bounded(() => formOf(this.#connection))) ?? 2
    return this.#form === 3
  }

  /** As `Store.append`. */
  async append(entry: Entry): Promise<AppendResult> {
    return (await this.appendAll([entry])) === 1 ? 'appended' : 'generation-taken'
  }

  /** As `Store.appendAll`. */
  async appendAll(entries: readonly Entry[]): Promise<number> {
    if (!entries.every(fitsForm2) && !(await this.isUpgraded())) throw upgradeNotFinished()
    const drafts = entries.map((entry) => new Draft(entry))
    // The other form has nearly the same size.
    const batches = drafts.length === 1 ? [drafts] : inBatches(drafts, (draft) => draft.in(this.#form))
    let stored = 0
    let before: Form | undefined
    for (const batch of batches) {
      const progress = await this.#appendBatch(batch, before)
      stored += progress.stored
      if (progress.stored < batch.length) break
      before = progress.form
    }
    return stored
  }

  /** Resolves if a majority of the members would store an entry now. The write matches no document. */
  async probe(): Promise<void> {
    const nothing = { service: '', generation: 0 }
    await this.#connection.bounded(() =>
      this.#connection.entries.updateOne(nothing, { $set: { service: '' } }, WRITE_OPTIONS),
    )
  }

  // An insert whose answer was lost may have been stored. Sending it again finds out.
  #appendBatch(drafts: readonly Draft[], before: Form | undefined): Promise<Progress> {
    const [first] = drafts as [Draft]
    const progress: Progress = { stored: 0, form: this.#formFor(first.entry, before) }
    return this.#connection.limited(async (tries) => {
      for (;;) {
        try {
          if (await this.#advance(drafts, progress)) return progress
        } catch (error) {
          if (!(await tries.mayRepeat(error))) throw error
        }
      }
    })
  }

  // Resolves with true if all entries are stored, or the generation of the next one is taken.
  async #advance(drafts: readonly Draft[], progress: Progress): Promise<boolean> {
    const rest = drafts.slice(progress.stored)
    const { count, refusal } = await this.#inserter.insert(rest.map((draft) => draft.in(progress.form)))
    progress.stored += count
    const [refused, ...others] = rest.slice(count).map(({ entry }) => entry)
    if (refused === undefined) return true
    if (refusal === FAILED_VALIDATION && (await this.#followUpgrade(refused, progress))) return false
    const { own, isTaken } = await this.#findHolders([refused, ...others])
    if (own.length > 0) return this.#adopt(own, progress, drafts.length)
    if (isTaken || refusal === FAILED_VALIDATION) return true
    throw undone()
  }

  // Another process has finished the upgrade since this one has started, so the collection refuses form 2. Resolves with
  // true if the entry can be stored in form 3. Else it has the hash of an entry that was stored without it, and can no
  // longer be stored, unless it was before. The caller then reads the entry that was stored, and decides again.
  async #followUpgrade(refused: Entry, progress: Progress): Promise<boolean> {
    const { form } = progress
    this.#form = (await formOf(this.#connection)) ?? form
    if (this.#form === form)
      throw new MongoServerError({ message: `the collection refuses form ${form}`, code: FAILED_VALIDATION })
    if (continuesChain(refused)) return false
    progress.form = this.#form
    return true
  }

  // These entries are stored, but their insert may not have waited for a majority. A write that changes nothing waits for
  // all writes before it.
  async #adopt(own: readonly Holder[], progress: Progress, wanted: number): Promise<boolean> {
    const { _id, service, event, v } = own.at(-1) as Holder
    const same = await this.#connection.entries.updateOne({ _id, service }, { $set: { event } }, WRITE_OPTIONS)
    // Another member may have been elected in the meantime, which does not have them.
    if (same.matchedCount === 0) throw undone()
    progress.stored += own.length
    progress.form = v === 3 ? 3 : 2
    return progress.stored === wanted
  }

  // An entry that continues a chain must have the form of the entry before it, whose form is `before` if the same caller
  // has just appended it. Else the caller has read its hash from the store, so it is of form 3. This holds even if the
  // collection accepts form 2 again, for example because a failover has undone a change of the collection.
  #formFor(entry: Entry, before: Form = 3): Form {
    return continuesChain(entry) ? before : this.#form
  }

  // This is the only read that sees entries that no majority has: they have refused the insert.
  async #findHolders(entries: readonly [Entry, ...Entry[]]): Promise<{ own: Holder[]; isTaken: boolean }> {
    const [{ service, generation }] = entries
    const generations = { $gte: generation, $lt: generation + entries.length }
    const holders: Holder[] = await this.#connection.entries
      .find(
        { service: formatServiceId(service), generation: generations },
        { ...SEEN_BY_INSERTS, sort: { generation: 1 } },
      )
      .project<Holder>({ service: 1, generation: 1, event: 1, v: 1 })
      .toArray()
    const isOwn = ({ _id, ...holder }: Holder, index: number) =>
      _id === entries[index]?.id && holder.generation === generation + index
    const foreign = holders.findIndex((holder, index) => !isOwn(holder, index))
    const own = foreign < 0 ? holders : holders.slice(0, foreign)
    return { own, isTaken: holders[own.length]?.generation === generation + own.length }
  }
}

/** An entry to append, and its document in the form that was asked for last. */
class Draft {
  readonly entry: Entry
  #last: { readonly form: Form; readonly document: EntryDocument } | undefined

  constructor(entry: Entry) {
    this.entry = entry
  }

  in(form: Form): EntryDocument {
    if (this.#last?.form !== form) this.#last = { form, document: toDocument(this.entry, form) }
    return this.#last.document
  }
}

/** The parts of the document that has a generation. */
type Holder = Pick<EntryDocument, '_id' | 'service' | 'generation' | 'event' | 'v'>

const WRITE_OPTIONS = { maxTimeMS: WRITE_TIMEOUT_MS } as const

const SEEN_BY_INSERTS = { readConcern: { level: 'local' }, maxTimeMS: COMMAND_TIMEOUT_MS } as const

// The insert is then tried again.
function undone(): MongoServerError {
  return new MongoServerError({
    message: 'a failover has undone the entry that had the generation',
    code: WRITE_CONFLICT,
  })
}

function continuesChain({ link }: Entry): boolean {
  return link !== null && link.prev !== ''
}
