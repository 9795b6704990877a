import type { Entry, RequestMark, Snapshot, Writer } from '../../domain/log.ts'
import { requestIdReused } from '../../domain/mutation.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { type RevisionSelector, theDefault } from '../../store/store.ts'
import type { Caller } from './caller.ts'
import { CONFLICT, retryOnConflict } from './optimistic-retry.ts'
import type { RegistryDeps } from './registry-deps.ts'

/** The identity of a request: the id that its caller gave it, and its content. */
export interface RequestIdentity {
  /** The mark that the entry of the request keeps. */
  readonly mark: RequestMark
  /** Whether the mark of an earlier request is of the same content. */
  isSameAs(earlier: RequestMark): boolean
}

/** The parts that every command has that changes something. */
export interface ChangeCommand {
  /** Null if the caller gave no id. A request with the id of an earlier one gets the first answer again. */
  readonly request: RequestIdentity | null
  /** Whether nothing is stored: the answer is what it would be. */
  readonly validateOnly: boolean
}

/** One change of one service, which appends an entry of type `E` and answers with a `T`. */
export interface Change<E extends Entry, T> {
  readonly service: ServiceId
  /** The revision that the change is about; default: the default revision. */
  readonly selector?: RevisionSelector
  /** Whether an entry is of the type that this change appends. */
  isOwnEntry(entry: Entry): entry is E
  /** Decides on top of the service as it is (null: it is new): the entry to append, or an answer without an entry. */
  decide(newest: Snapshot | null, writer: Writer): Promise<E | { readonly answer: T }> | E
  /** The answer of the change, from its entry alone, so that it can be given again. */
  toAnswer(entry: E): T
}

/**
 * Makes a change: reads the newest entry of the service, decides, appends, and starts again if another writer was first.
 * Throws `TOO_MANY_CONFLICTS`, `REQUEST_ID_REUSED`, or the reason of the caller's signal.
 */
export function appendChange<E extends Entry, T>(
  { store, newId, now }: RegistryDeps,
  { request, validateOnly }: ChangeCommand,
  { principal, signal }: Caller,
  change: Change<E, T>,
): Promise<T> {
  const { service, selector = theDefault } = change
  return retryOnConflict({ subject: formatServiceId(service), signal }, async () => {
    const newest = await store.lookup(service, selector)
    // After the newest entry was read: an entry that is not found here can only come after it, and then the append fails.
    const first = newest && request ? await store.findRequest(service, request.mark.id) : null
    if (first !== null && request !== null) return change.toAnswer(requireOwn(change, first, request, principal.name))
    const writer = { id: newId(), actor: principal.name, now: now(), request: request?.mark ?? null }
    const decision = await change.decide(newest, writer)
    if ('answer' in decision) return decision.answer
    signal.throwIfAborted()
    if (validateOnly || (await store.append(decision)) === 'appended') return change.toAnswer(decision)
    return CONFLICT
  })
}

// The first answer is only for the one who made the first request.
function requireOwn<E extends Entry>(
  change: Pick<Change<E, unknown>, 'isOwnEntry'>,
  first: Entry,
  request: RequestIdentity,
  actor: string,
): E {
  const isSame = first.request !== null && request.isSameAs(first.request) && first.actor === actor
  if (isSame && change.isOwnEntry(first)) return first
  throw requestIdReused(request.mark.id)
}
