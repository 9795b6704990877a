import type { DescField, DescMethod } from '@bufbuild/protobuf'
import type { ErrorReason } from '../../src/domain/errors.ts'
import { type ErrorText, errorTexts } from './error-texts.ts'
import { fieldTexts } from './field-texts.ts'
import { listMethods } from './list-methods.ts'
import type { MethodText, SuccessText } from './method-text.ts'
import { revisionMethods } from './revision-methods.ts'
import { serviceMethods } from './service-methods.ts'

// What the descriptors do not hold: words, examples, and which errors a method has. The protos' comments are not in
// the generated code. Each example here is sent to a real server by test/transport/openapi-examples.test.ts.

/** What the API as a whole is. */
export const apiText = {
  title: 'Waypost',
  description:
    'A service registry for services that are released as revisions. These are its REST routes; the same calls are ' +
    'served over Connect, gRPC and gRPC-Web. An error has a body of `{"error": "…"}` with a message for people. Keys ' +
    'of a body and parameters of a query that are not listed are ignored; those that are may be in lowerCamelCase, too.',
}

/** The words for every method, by its name. */
export const methodTexts: Readonly<Record<string, MethodText>> = {
  ...revisionMethods,
  ...serviceMethods,
  ...listMethods,
}

/** The words for a method. Throws where there are none. */
export function methodText({ name }: DescMethod): MethodText {
  return found(methodTexts[name], name)
}

/** The words for a method's success with this status. Throws where there are none. */
export function successText(method: DescMethod, status: number): SuccessText {
  return found(methodText(method).successes[status], `${method.name} answered with ${status}`)
}

/** The words for a field. Throws where there are none. */
export function fieldText({ parent, name }: DescField): string {
  return found(fieldTexts[`${parent.name}.${name}`] ?? fieldTexts[name], `${parent.name}.${name}`)
}

/** The words for a reason. Throws where there are none. */
export function errorText(reason: ErrorReason): ErrorText {
  return found(errorTexts[reason], reason)
}

function found<T>(text: T | undefined, what: string): T {
  if (text === undefined) throw new Error(`src/transport/openapi/texts.ts has no text for ${what}`)
  return text
}
