import type { Writer } from '../../domain/entries/new-entry.ts'
import type { Entry, FullSnapshot, RequestMark } from '../../domain/log.ts'
import { requestIdReused } from '../../domain/mutation.ts'
import { isSamePrincipal } from '../../domain/principal.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Proposal, QueuedChange } from '../queue/queued-change.ts'
import type { Caller } from './caller.ts'
import { newWriter } from './new-writer.ts'
import { changesNothing } from './no-change.ts'
import type { RegistryDeps } from './registry-deps.ts'

/** The identity of a request: the id from its caller, and its content. */
export interface RequestIdentity {
  /** The mark that is stored in the entry of the request. */
  readonly mark: RequestMark
  /** Whether an earlier request with this mark had the same content. */
  isSameAs(earlier: RequestMark): boolean
}

/** The fields of every command that changes something. */
export interface ChangeCommand {
  /** A request with the id of an earlier request gets the first answer again. Null: the caller gave no id. */
  readonly request: RequestIdentity | null
  /** Whether to store nothing and answer as if the change had been made. */
  readonly validateOnly: boolean
}

/** One change of one service. It appends an entry of type `E` and answers with a `T`. */
export interface Change<E extends Entry, T> {
  readonly service: ServiceId
  /** The revision to change. Default: none; the change is about the service as a whole. */
  readonly tag?: RevisionTag | undefined
  /**
   * Whether `decide` reads the store. The store does not have the entries that wait to be appended together, so such a
   * change waits until they are stored. Default: false.
   */
  readonly readsStore?: boolean
  /** Whether an entry is of the type that this change appends. */
  isOwnEntry(entry: Entry): entry is E
  /**
   * Returns the entry to append, or an answer if nothing is to be appended. `newest` is null if the service is new. Its
   * revision is that of the tag. If the promise takes long, other changes go first, and it is called again later.
   */
  decide(newest: FullSnapshot | null, writer: Writer): Decision<E, T> | Promise<Decision<E, T>>
  /** Makes the answer from the entry alone, because a repeated request gets the same answer from the stored entry. */
  toAnswer(entry: E): T
}

/** An entry to append, or an answer if nothing is to be appended. */
export type Decision<E extends Entry, T> = E | { readonly answer: T }

/**
 * Makes a change: waits for its turn among the changes of the service, decides on the newest state, and appends an entry.
 * If the entry would change nothing, it is not appended, and the answer is made from the state as it is. If another process
 * was first, the change is decided again. Throws `TOO_MANY_CONFLICTS`, `TOO_MANY_CHANGES`, `REQUEST_ID_REUSED`,
 * `CLOCK_SKEW`, or the reason of the caller's signal.
 */
export function appendChange<E extends Entry, T>(
  deps: RegistryDeps,
  command: ChangeCommand,
  caller: Caller,
  change: Change<E, T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    deps.changes.add(change.service, new Queued({ deps, command, caller, change, resolve, reject }))
  })
}

interface QueuedOptions<E extends Entry, T> {
  readonly deps: RegistryDeps
  readonly command: ChangeCommand
  readonly caller: Caller
  readonly change: Change<E, T>
  readonly resolve: (answer: T) => void
  readonly reject: (reason: unknown) => void
}

class Queued<E extends Entry, T> implements QueuedChange {
  readonly #options: QueuedOptions<E, T>
  timesLate = 0
  // The last decision on a stored state, which is the same whenever it is made on that generation.
  #last: { readonly generation: number; readonly proposal: Proposal | Promise<Proposal> } | undefined

  constructor(options: QueuedOptions<E, T>) {
    this.#options = options
  }

  get tag(): RevisionTag | null {
    return this.#options.change.tag ?? null
  }

  get requestId(): string | null {
    return this.#options.command.request?.mark.id ?? null
  }

  get readsStore(): boolean {
    return this.#options.change.readsStore ?? false
  }

  get signal(): AbortSignal {
    return this.#options.caller.signal
  }

  reject(reason: unknown): void {
    this.#options.reject(reason)
  }

  propose(newest: FullSnapshot | null, earlier: Entry | null): Proposal | Promise<Proposal> {
    if (earlier !== null) return this.#toAnswer(this.#options.change.toAnswer(this.#requireOwn(earlier)))
    if (!this.readsStore) return this.#decide(newest)
    const generation = newest?.generation ?? 0
    if (this.#last?.generation !== generation) this.#last = { generation, proposal: this.#decide(newest) }
    return this.#last.proposal
  }

  #decide(newest: FullSnapshot | null): Proposal | Promise<Proposal> {
    const { deps, command, caller, change } = this.#options
    const writer = newWriter(deps, { principal: caller.principal, request: command.request?.mark ?? null })
    const deciding = change.decide(newest, writer)
    if (!(deciding instanceof Promise)) return this.#toProposal(newest, deciding)
    return deciding.then((decision) => this.#toProposal(newest, decision))
  }

  #toProposal(newest: FullSnapshot | null, decision: Decision<E, T>): Proposal {
    const { command, change } = this.#options
    if ('answer' in decision) return this.#toAnswer(decision.answer)
    this.signal.throwIfAborted()
    if (newest !== null && changesNothing(decision, newest))
      return this.#toAnswer(change.toAnswer({ ...decision, revision: newest.revision, head: newest.head }))
    return { ...this.#toAnswer(change.toAnswer(decision)), entry: command.validateOnly ? null : decision }
  }

  #toAnswer(answer: T): Proposal {
    return { entry: null, answer: () => this.#options.resolve(answer) }
  }

  // Only the principal that made the first request may get its answer.
  #requireOwn(first: Entry): E {
    const { command, caller, change } = this.#options
    // Entries of form 2 have only the name of the principal.
    const by = first.link === null ? { name: caller.principal.name } : caller.principal
    const isSameRequest = first.request !== null && command.request?.isSameAs(first.request) === true
    if (isSameRequest && isSamePrincipal(first.principal, by) && change.isOwnEntry(first)) return first
    throw requestIdReused(this.requestId ?? '')
  }
}
