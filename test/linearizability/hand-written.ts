import { ApiError, type Fields } from '../support/api.ts'
import type { Operation, Outcome, RecordedCall, Request } from './history.ts'
import type { Reason } from './service-model.ts'

/** The times at which a call was sent and answered. Without the second, it was never answered. */
export type Interval = readonly [invoked: number, returned?: number]

/** A call of a handwritten history. */
export function call([invoked, returned]: Interval, operation: Operation, outcome?: Outcome): RecordedCall {
  return { route: 'by hand', operation, invoked, returned: returned ?? Number.POSITIVE_INFINITY, outcome }
}

/** A registration that was answered. */
export function registered(when: Interval, tag: string, isDefault = true): RecordedCall {
  return call(when, { method: 'register', request: { revision_tag: tag } }, answer(revision(tag, isDefault)))
}

/** A Get that found this revision. */
export function got(when: Interval, request: Request, tag: string, extra: Fields = {}): RecordedCall {
  return call(when, { method: 'get', request }, answer(revision(tag, true, extra)))
}

/** A Get that found nothing, for this reason. */
export function missed(when: Interval, request: Request, reason: Reason): RecordedCall {
  return call(when, { method: 'get', request }, refusal('not_found', reason))
}

/** A SetDefault that was answered. */
export function defaultSet(when: Interval, request: Request, service: Fields): RecordedCall {
  const known = { default_revision_tag: request.revision_tag, ...service }
  return call(when, { method: 'setDefault', request }, answer({ service: known }))
}

/** A list of revisions, in which a star marks the default. */
export function listed(when: Interval, ...tags: readonly string[]): RecordedCall {
  const revisions = tags.map((tag) => revision(tag.replace('*', ''), tag.endsWith('*')).revision)
  return call(when, { method: 'listRevisions', request: {} }, answer({ revisions }))
}

/** An answer that contains a revision. */
export function revision(tag: string, isDefault: boolean, extra: Fields = {}): { readonly revision: Fields } {
  return { revision: { revision_tag: tag, is_default: isDefault, ...extra } }
}

/** An outcome that is an answer. */
export function answer(fields: Fields): Outcome {
  return { answer: fields }
}

/** An outcome that is a refusal with its code, or with its status over REST. */
export function refusal(code: string | number, reason: Reason): Outcome {
  return { refused: new ApiError('no', { ...(typeof code === 'string' ? { code } : { status: code }), reason }) }
}
