import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { fieldError, quote, RegistryError } from '../../../domain/errors.ts'
import { MAX_REASON_LENGTH } from '../../../domain/lifecycle.ts'
import { parseRevisionTag } from '../../../domain/revision-tag.ts'
import { parseServiceId, type ServiceId, type Sruid } from '../../../domain/sruid.ts'
import { parseText } from '../../../domain/text.ts'
import type { ChangeCommand } from '../../../registry/core/change.ts'
import { type ContentV1, identifyRequest } from './request-identity.ts'

// These functions make commands and queries from requests. They parse all text, and later code does not parse it again.
// An empty text counts as absent.

/** A request about a service. */
export interface Named {
  readonly namespace: string
  readonly name: string
}

/** A request about a revision. */
export interface Tagged extends Named {
  readonly revisionTag: string
}

/** The service that a request is about. */
export function toServiceId({ namespace, name }: Named): ServiceId {
  return parseServiceId(namespace, name)
}

/** The revision that a request is about. */
export function toSruid({ namespace, name, revisionTag }: Tagged): Sruid {
  return { ...parseServiceId(namespace, name), revisionTag: parseRevisionTag(revisionTag) }
}

/** Parses a reason or a message for people. Throws `INVALID_REASON` if it is not valid. */
export function toReason(text: string, field = 'reason'): string {
  return parseText(text, field, MAX_REASON_LENGTH, 'INVALID_REASON')
}

/** The parts that the commands of all changes have. */
export function toChangeCommand<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc> & { readonly requestId: string; readonly validateOnly: boolean },
  contentV1: ContentV1,
): ChangeCommand {
  return { request: identifyRequest(schema, message, contentV1), validateOnly: message.validateOnly }
}

/** Throws `CONFLICTING_SELECTORS` if more than one of these fields has a text. */
export function requireAtMostOne(fields: Readonly<Record<string, string>>): void {
  const given = Object.entries(fields).filter(([, text]) => text !== '')
  if (given.length <= 1) return
  const values = given.map(([field, text]) => `${field} ${quote(text)}`).join(' and ')
  const description = `the request has ${values}; give at most one of ${Object.keys(fields).join(', ')}.`
  const fieldViolations = given.map(([field]) => ({ field, description }))
  throw new RegistryError({ reason: 'CONFLICTING_SELECTORS', message: description, fieldViolations })
}

/** The error `CONFLICTING_SELECTORS` for a request that has none of several selectors. It names one field. */
export function missingSelector(field: string, description: string): RegistryError {
  return fieldError('CONFLICTING_SELECTORS', field, description)
}
