import { isSamePrincipal } from '../../domain/access/principal.ts'
import { emptyHead } from '../../domain/head.ts'
import type { Entry, FullSnapshot } from '../../domain/log.ts'
import { requestIdReused } from '../../domain/mutation.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { Earlier, Proposal, QueuedChange } from '../queue/queued-change.ts'
import type { Caller } from './caller.ts'
import type { Change, ChangeCommand, Decision } from './change.ts'
import { newWriter } from './new-writer.ts'
import { changesNothing } from './no-change.ts'
import type { RegistryDeps } from './registry-deps.ts'

/** A command of a caller, and the functions that answer it. */
export interface CommandOptions<E extends Entry, T> {
  readonly deps: RegistryDeps
  readonly command: ChangeCommand
  readonly caller: Caller
  readonly change: Change<E, T>
  readonly resolve: (answer: T) => void
  readonly reject: (reason: unknown) => void
}

/** A command that waits for its turn. */
export class CommandInQueue<E extends Entry, T> implements QueuedChange {
  readonly #options: CommandOptions<E, T>
  timesLate = 0
  // The last decision on a stored state, which is the same whenever it is made on that generation.
  #last: { readonly generation: number; readonly proposal: Proposal | Promise<Proposal> } | undefined

  constructor(options: CommandOptions<E, T>) {
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

  propose(newest: FullSnapshot | null, earlier: Earlier | null): Proposal | Promise<Proposal> {
    if (earlier !== null)
      return this.#toAnswer(this.#options.change.toAnswer(this.#requireOwn(earlier.entry), earlier.before))
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
      return this.#toAnswer(change.toAnswer({ ...decision, revision: newest.revision, head: newest.head }, newest.head))
    const before = newest?.head ?? emptyHead
    return { ...this.#toAnswer(change.toAnswer(decision, before)), entry: command.validateOnly ? null : decision }
  }

  #toAnswer(answer: T): Proposal {
    return { entry: null, answer: () => this.#options.resolve(answer) }
  }

  // Only the principal that made the first request may get its answer.
  #requireOwn(first: Entry): E {
    const { command, caller, change } = this.#options
    const isSameRequest = first.request !== null && command.request?.isSameAs(first.request) === true
    if (isSameRequest && isSamePrincipal(first.principal, caller.principal) && change.isOwnEntry(first)) return first
    throw requestIdReused(this.requestId ?? '')
  }
}
