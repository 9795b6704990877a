import { ApiError, type Fields } from '../support/api.ts'
import type { Operation, Outcome, RecordedCall, Request } from './history.ts'

/** When a call was sent, and when it was answered; no second one where it never was. */
export type Interval = readonly [invoked: number, returned?: number]

/** A call of a history that was written by hand. */
export function call([invoked, returned]: Interval, operation: Operation, outcome?: Outcome): RecordedCall {
  return { route: 'by hand', operation, invoked, returned: returned ?? Number.POSITIVE_INFINITY, outcome }
}

/** A registration that was answered. */
export function registered(when: Interval, tag: string, isDefault = true): RecordedCall {
  return call(when, { method: 'register', request: { revision_tag: tag } }, answer(revision(tag, isDefault)))
}

/** A Get that found this revision; null: none. */
export function got(when: Interval, request: Request, tag: string | null, extra: Fields = {}): RecordedCall {
  const outcome = tag === null ? refusal('not_found', 'REVISION_NOT_FOUND') : answer(revision(tag, true, extra))
  return call(when, { method: 'get', request }, outcome)
}

/** A SetDefault that was answered. */
export function defaultSet(when: Interval, request: Request, service: Fields): RecordedCall {
  const known = { default_revision_tag: request.revision_tag, ...service }
  return call(when, { method: 'setDefault', request }, answer({ service: known }))
}

/** A list of revisions; those with a star are the default. */
export function listed(when: Interval, ...tags: readonly string[]): RecordedCall {
  const revisions = tags.map((tag) => revision(tag.replace('*', ''), tag.endsWith('*')).revision)
  return call(when, { method: 'listRevisions', request: {} }, answer({ revisions }))
}

/** The answer that has a revision. */
export function revision(tag: string, isDefault: boolean, extra: Fields = {}): { readonly revision: Fields } {
  return { revision: { revision_tag: tag, is_default: isDefault, ...extra } }
}

/** An outcome that is an answer. */
export function answer(fields: Fields): Outcome {
  return { answer: fields }
}

/** An outcome that is a refusal. */
export function refusal(code: string | number, reason?: string, message = 'no'): Outcome {
  return { refused: new ApiError(message, typeof code === 'string' ? { code, reason } : { status: code }) }
}
