import { RegistryError } from '../../domain/errors.ts'
import type { Entry, RequestMark, Snapshot, Writer } from '../../domain/log.ts'
import { requestIdReused } from '../../domain/mutation.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import type { Wanted } from '../../store/store.ts'
import type { RegistryDeps } from './registry-deps.ts'

/** What every request for a change has. */
export interface ChangeRequest {
  /** Who asks. */
  readonly actor: string
  /** The id of the request, where it has one: asking again with it gets the first answer again. */
  readonly request: RequestMark | null
  /** Whether nothing is to be stored: the answer is what would be. */
  readonly validateOnly: boolean
}

/** One change of a service. */
export interface Changing<T> extends ChangeRequest {
  readonly service: ServiceId
  /** The revision that the change is about; default: the default revision. */
  readonly wanted?: Wanted
  /** Decides on top of the service as it is (null: it is new): the entry to append, or an answer without any. */
  decide(newest: Snapshot | null, writer: Writer): Promise<Entry | { readonly answer: T }> | Entry
  /** The answer of the change, from its entry alone, so that it can be given again. */
  toAnswer(entry: Entry): T
}

// Of the writers of one service at least one succeeds at each try, so this is about how many may write at once.
const MAX_ATTEMPTS = 256
// As long as the longest deadline of an RPC. A policy, or a store that is slow, may take long at every try.
const MAX_DURATION_MS = 30_000
const MAX_PAUSE_MS = 20

/**
 * Makes a change: reads the newest entry of the service, decides, appends, and does all of it again where another writer
 * was first. Throws `TOO_MANY_CONFLICTS` where others were faster every time, and `REQUEST_ID_REUSED`.
 */
export async function makeChange<T>({ store, newId, now }: RegistryDeps, changing: Changing<T>): Promise<T> {
  const { service, wanted, actor, request, validateOnly } = changing
  const deadline = performance.now() + MAX_DURATION_MS
  for (let attempt = 1; attempt <= MAX_ATTEMPTS && performance.now() < deadline; attempt++) {
    const newest = await store.lookup(service, wanted)
    // After the newest entry was read: what is not found here can only come behind it, and then the append fails.
    const first = newest && request ? await store.findRequest(service, request.id) : null
    if (first !== null) return changing.toAnswer(requireSame(first, request))
    const decision = await changing.decide(newest, { id: newId(), actor, now: now(), request })
    if ('answer' in decision) return decision.answer
    if (validateOnly || (await store.append(decision)) === 'appended') return changing.toAnswer(decision)
    await pause(attempt)
  }
  throw tooManyConflicts(service)
}

function requireSame(first: Entry, request: RequestMark | null): Entry {
  if (request !== null && first.request?.fingerprint !== request.fingerprint) throw requestIdReused(request.id)
  return first
}

// Spreads writers that lost together, so that they do not all read the same generation again.
function pause(attempt: number): Promise<void> {
  const longest = Math.min(attempt, MAX_PAUSE_MS)
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
}

function tooManyConflicts(service: ServiceId): RegistryError {
  return new RegistryError({
    reason: 'TOO_MANY_CONFLICTS',
    message: `${formatServiceId(service)} was not changed: other writers kept changing it; try again.`,
  })
}
