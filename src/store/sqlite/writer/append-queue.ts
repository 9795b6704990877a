import { tooManyChanges } from '../../../domain/errors.ts'
import type { Entry } from '../../../domain/log.ts'
import type { Form } from '../../forms/stored-entry.ts'
import { storeUnavailable } from '../../unavailable.ts'
import { toStoreError } from '../sqlite-errors.ts'
import { type Answer, type Append, fromFailure, monotonicMs } from './messages.ts'
import { PendingAppend, PendingAppends } from './pending-appends.ts'
import type { CreateWriter, Writer } from './writer.ts'

/** How long an append may wait while another process holds the lock. */
const PATIENCE_MS = 3_000

/**
 * How long an append may take in all, and how much longer for each entry that waits. It may be stored after that, for
 * example if the disk did not answer for a while.
 */
const LIMIT_MS = 4_500
const LIMIT_MS_PER_ENTRY = 1
const LIMIT_CHECK_MS = 250

/** How many appends are sent before the turn of the event loop is over. */
const SENT_AT_ONCE = 16

/** The settings of a queue. */
export interface AppendQueueOptions {
  readonly createWriter: CreateWriter
  /** The form in which the file was written at the last read. */
  readonly form: () => Form
  /** Whether the appends are bounded in number, in size and in time. */
  readonly isBounded: boolean
  /** The files of the store were deleted or replaced. */
  readonly onLost: (problem: string) => void
}

/**
 * Sends appends to the writer: those of one turn of the event loop in one message, or in a few if they are many. If the
 * writer dies, the appends that it had may be stored or not.
 */
export class AppendQueue {
  readonly #isBounded: boolean
  readonly #writer: Writer
  readonly #pending = new PendingAppends()
  #unsent: number[] = []
  #lastSequence = 0
  readonly #formOfReads: () => Form
  #form: Form = 2
  #refusal: Error | undefined
  #limitCheck: NodeJS.Timeout | undefined
  #onEmpty = () => {}

  constructor({ createWriter, form, isBounded, onLost }: AppendQueueOptions) {
    this.#formOfReads = form
    this.#isBounded = isBounded
    this.#writer = createWriter({
      onAnswers: (answers) => answers.forEach((answer) => void this.#settle(answer)),
      onLost,
      onEnd: (error) => this.#rejectSent(error),
    })
  }

  /** The form in which the file was written at the last append or read. It is never 2 again after it was 3. */
  get form(): Form {
    return this.#form === 3 ? 3 : this.#formOfReads()
  }

  /** Appends entries of one service, as `Store.appendAll`. */
  async add(entries: readonly Entry[]): Promise<number> {
    return entries.length === 0 ? 0 : this.#add(entries)
  }

  /** Writes to the file, but changes nothing. Rejects if an append would be rejected now. */
  async probe(): Promise<void> {
    await this.#add([])
  }

  async #add(entries: readonly Entry[]): Promise<number> {
    if (this.#refusal) throw storeUnavailable(this.#refusal)
    const append = new PendingAppend(entries, this.form, monotonicMs())
    if (this.#isBounded && !this.#pending.hasSpace(append)) throw tooManyChanges()
    const sequence = ++this.#lastSequence
    this.#pending.add(sequence, append)
    this.#send(sequence)
    if (this.#isBounded) this.#limitCheck ??= setInterval(() => this.#checkLimits(), LIMIT_CHECK_MS).unref()
    return append.written
  }

  /** Rejects further appends. Resolves when no append waits, or after `ms`. The others are rejected then. */
  async drain(reason: Error, ms: number): Promise<void> {
    this.#refusal ??= reason
    if (this.#pending.size === 0) return
    const drained = Promise.withResolvers<void>()
    this.#onEmpty = drained.resolve
    const timer = setTimeout(drained.resolve, ms)
    await drained.promise
    clearTimeout(timer)
    this.rejectAll(reason)
  }

  /** Rejects all appends that wait, and further ones. */
  rejectAll(reason: Error): void {
    this.#refusal ??= reason
    this.#unsent = []
    for (const sequence of this.#pending.sequences) this.#take(sequence)?.reject(storeUnavailable(reason))
  }

  /** Ends the writer. */
  end(): Promise<void> {
    return this.#writer.end()
  }

  // The writer commits the first appends of a long turn while the others are still being made.
  #send(sequence: number): void {
    const count = this.#unsent.push(sequence)
    if (count === 1) setImmediate(() => this.#flush())
    else if (count % SENT_AT_ONCE === 0 && this.#writer.pauseMs === 0) this.#flush()
  }

  #flush(): void {
    const { pauseMs } = this.#writer
    if (pauseMs > 0) {
      setTimeout(() => this.#flush(), pauseMs)
      return
    }
    const appends = this.#unsent.flatMap((sequence) => this.#toAppend(sequence))
    this.#unsent = []
    if (appends.length === 0) return
    try {
      this.#writer.send(appends)
    } catch (error) {
      // For example, the system lets this process have no further thread.
      this.#rejectSent(error)
    }
  }

  #toAppend(sequence: number): readonly Append[] {
    const append = this.#pending.get(sequence)
    if (append === undefined) return []
    const { form, rows, since } = append
    return [{ sequence, form, rows, waitsUntil: since + PATIENCE_MS }]
  }

  #settle(answer: Answer): void {
    const { sequence } = answer
    if ('form' in answer) this.#encodeAgain(sequence, answer.form)
    else if ('written' in answer) this.#take(sequence)?.resolve(answer.written)
    else this.#take(sequence)?.reject(toStoreError(fromFailure(answer.failure)))
  }

  // Another process has finished the upgrade of the file.
  #encodeAgain(sequence: number, form: Form): void {
    this.#form = form
    try {
      this.#pending.get(sequence)?.encode(form)
      this.#send(sequence)
    } catch (error) {
      this.#take(sequence)?.reject(toStoreError(error))
    }
  }

  #take(sequence: number): PendingAppend | undefined {
    const append = this.#pending.take(sequence)
    if (this.#pending.size === 0) this.#rest()
    return append
  }

  #rest(): void {
    clearInterval(this.#limitCheck)
    this.#limitCheck = undefined
    this.#writer.release()
    this.#onEmpty()
  }

  #rejectSent(error: unknown): void {
    const unsent = new Set(this.#unsent)
    const sent = this.#pending.sequences.filter((sequence) => !unsent.has(sequence))
    for (const sequence of sent) this.#take(sequence)?.reject(toStoreError(error))
  }

  #checkLimits(): void {
    const limit = LIMIT_MS + LIMIT_MS_PER_ENTRY * this.#pending.entries
    const reason = storeUnavailable(new Error(`the append was not acknowledged within ${limit} ms`))
    this.#pending.rejectOlder(monotonicMs() - limit, reason)
  }
}
