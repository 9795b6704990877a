import type { Writer } from '../../domain/entries/new-entry.ts'
import type { Entry, FullSnapshot, RequestMark } from '../../domain/log.ts'
import { requestIdReused } from '../../domain/mutation.ts'
import { isSamePrincipal, type Principal } from '../../domain/principal.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { type RevisionSelector, theDefault } from '../../store/store.ts'
import type { Caller } from './caller.ts'
import { newWriter } from './new-writer.ts'
import { changesNothing } from './no-change.ts'
import { CONFLICT, retryOnConflict } from './optimistic-retry.ts'
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
  /** The revision to change. Default: the default revision. */
  readonly selector?: RevisionSelector
  /** Whether an entry is of the type that this change appends. */
  isOwnEntry(entry: Entry): entry is E
  /** Returns the entry to append, or an answer if nothing is to be appended. `newest` is null if the service is new. */
  decide(newest: FullSnapshot | null, writer: Writer): Promise<E | { readonly answer: T }> | E
  /** Makes the answer from the entry alone, because a repeated request gets the same answer from the stored entry. */
  toAnswer(entry: E): T
}

/**
 * Makes a change: reads the newest entry of the service, decides, and appends an entry. If the entry would change
 * nothing, it is not appended, and the answer is made from the state as it is. If another writer was first, the change
 * starts again. Throws `TOO_MANY_CONFLICTS`, `REQUEST_ID_REUSED`, `CLOCK_SKEW`, or the reason of the caller's signal.
 */
export function appendChange<E extends Entry, T>(
  deps: RegistryDeps,
  { request, validateOnly }: ChangeCommand,
  { principal, signal }: Caller,
  change: Change<E, T>,
): Promise<T> {
  const { store } = deps
  const { service, selector = theDefault } = change
  return retryOnConflict({ subject: formatServiceId(service), signal }, async () => {
    const newest = await store.lookupForChange(service, selector)
    // This read must follow the read of the newest entry. If it misses an entry, that entry comes after
    // `newest`, and the append below fails. If nothing is appended, the answer is from before that entry.
    const first = newest && request ? await store.findRequest(service, request.mark.id) : null
    if (first !== null && request !== null) return change.toAnswer(requireOwn(change, first, request, principal))
    const writer = newWriter(deps, { principal, request: request?.mark ?? null })
    const decision = await change.decide(newest, writer)
    if ('answer' in decision) return decision.answer
    signal.throwIfAborted()
    if (newest !== null && changesNothing(decision, newest))
      return change.toAnswer({ ...decision, revision: newest.revision, head: newest.head })
    if (validateOnly || (await store.append(decision)) === 'appended') return change.toAnswer(decision)
    return CONFLICT
  })
}

// Only the principal that made the first request may get its answer.
function requireOwn<E extends Entry>(
  change: Pick<Change<E, unknown>, 'isOwnEntry'>,
  first: Entry,
  request: RequestIdentity,
  principal: Principal,
): E {
  // Entries of form 2 have only the name of the principal.
  const by = first.link === null ? { name: principal.name } : principal
  const isSame = first.request !== null && request.isSameAs(first.request) && isSamePrincipal(first.principal, by)
  if (isSame && change.isOwnEntry(first)) return first
  throw requestIdReused(request.mark.id)
}
