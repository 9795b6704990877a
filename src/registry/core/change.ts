import type { Writer } from '../../domain/entries/new-entry.ts'
import type { FullHead } from '../../domain/head.ts'
import type { Entry, FullSnapshot, RequestMark } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'

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
  /**
   * Makes the answer from the entry and the head before it alone, because a repeated request gets the same answer from the
   * stored entries. If the entry would change nothing, its head is the one before.
   */
  toAnswer(entry: E, before: FullHead): T
}

/** An entry to append, or an answer if nothing is to be appended. */
export type Decision<E extends Entry, T> = E | { readonly answer: T }
