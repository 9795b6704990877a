import type { ApiError, Fields } from '../support/api.ts'
import type { Specification } from './check.ts'
import { type Etag, excludeEtag, learnEtag } from './etags.ts'
import type { Operation, Outcome } from './history.ts'
import {
  apply,
  exists,
  findAlias,
  findRevision,
  noService,
  type Reason,
  refusals,
  type ServiceState,
} from './service-model.ts'

/** The behaviour of the registry for one service whose calls come one after the other. */
export const serviceSpecification: Specification<ServiceState, Operation, Outcome> = {
  initial: noService,
  key: (state) => JSON.stringify(state),
  step: (state, operation, outcome) => {
    if (outcome !== undefined && 'refused' in outcome) return stepRefused(state, operation, outcome.refused)
    const { etag } = operation.request
    const met = etag === undefined ? state : seeEtag(state, subjectOf(operation), (known) => learnEtag(known, etag))
    const applied = met && apply(met, operation)
    if (applied === undefined || 'refusals' in applied) return undefined
    if (outcome === undefined) return applied.next
    // REST does not have this field.
    const expected = 'replayed' in outcome.answer ? applied.answer : { ...applied.answer, replayed: null }
    return agrees(expected, outcome.answer) ? learn(applied.next, operation, outcome.answer) : undefined
  },
}

/** Whether a call changes nothing in any state, because it only reads, was refused or was a replay. */
export function changedNothing(operation: Operation, outcome: Outcome | undefined): boolean {
  return isRead(operation) || (outcome !== undefined && ('refused' in outcome || outcome.answer.replayed === true))
}

function isRead({ method }: Operation): boolean {
  return method === 'get' || method === 'listRevisions'
}

// If there is more than one reason to refuse a call, the API does not define which one is answered.
function stepRefused(state: ServiceState, operation: Operation, refused: ApiError): ServiceState | undefined {
  // Nothing was stored after this error, in any state.
  if (isRefusal(refused, 'TOO_MANY_CONFLICTS') && !isRead(operation)) return state
  const applied = apply(state, operation)
  if ('refusals' in applied && applied.refusals.some((reason) => isRefusal(refused, reason))) return state
  const { etag } = operation.request
  if (etag === undefined || !isRefusal(refused, 'ETAG_MISMATCH')) return undefined
  const subject = subjectOf(operation)
  return etagOf(state, subject) ? seeEtag(state, subject, (known) => excludeEtag(known, etag)) : state
}

// REST has a status, and the other protocols have a code.
function isRefusal({ code, status, reason }: ApiError, expected: Reason): boolean {
  const [expectedCode, expectedStatus] = refusals[expected]
  return reason === expected && (code === undefined ? status === expectedStatus : code === expectedCode)
}

/** Whether the answer has the fields that the model expects, and lacks those for which the model has null. */
function agrees(expected: unknown, actual: unknown): boolean {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual ?? [])) return false
    const items = (actual ?? []) as readonly unknown[]
    return items.length === expected.length && expected.every((item, index) => agrees(item, items[index]))
  }
  if (typeof expected === 'object' && expected !== null) {
    const fields = (actual ?? {}) as Fields
    return Object.entries(expected).every(([name, value]) => agrees(value, fields[name]))
  }
  return (expected === null ? undefined : expected) === actual
}

/** Adds the etags of an answer to the state. */
function learn(state: ServiceState, { request }: Operation, answer: Fields): ServiceState | undefined {
  const { revision, service, alias } = answer as Readonly<Record<string, Fields | undefined>>
  const seen: readonly (readonly [Subject, unknown])[] = [
    [{ kind: 'service' }, service?.etag ?? revision?.service_etag],
    [{ kind: 'revision', tag: String(revision?.revision_tag) }, revision?.etag],
    [{ kind: 'alias', name: request.alias ?? '' }, alias?.etag],
  ]
  return seen.reduce<ServiceState | undefined>((known, [subject, etag]) => {
    return known && typeof etag === 'string' ? seeEtag(known, subject, (before) => learnEtag(before, etag)) : known
  }, state)
}

/** The thing that an etag belongs to. */
type Subject = { kind: 'service' } | { kind: 'revision'; tag: string } | { kind: 'alias'; name: string }

function subjectOf({ method, request }: Operation): Subject {
  if (method === 'setDefault' || method === 'clearDefault') return { kind: 'service' }
  if (method === 'setAlias' || method === 'deleteAlias') return { kind: 'alias', name: request.alias ?? '' }
  return { kind: 'revision', tag: request.revision_tag ?? '' }
}

function etagOf(state: ServiceState, subject: Subject): Etag | undefined {
  if (subject.kind === 'service') return exists(state) ? state.etag : undefined
  if (subject.kind === 'alias') return findAlias(state, subject.name)?.etag
  return findRevision(state, subject.tag)?.etag
}

function seeEtag(state: ServiceState, subject: Subject, see: (known: Etag) => Etag | undefined) {
  const known = etagOf(state, subject)
  const etag = known && see(known)
  if (etag === undefined) return undefined
  if (subject.kind === 'service') return { ...state, etag }
  if (subject.kind === 'alias') {
    const aliases = state.aliases.map((alias) => (alias.name === subject.name ? { ...alias, etag } : alias))
    return { ...state, aliases }
  }
  const revisions = state.revisions.map((revision) => (revision.tag === subject.tag ? { ...revision, etag } : revision))
  return { ...state, revisions }
}
