import type { KnownReason } from '../../../src/domain/reasons.ts'
import { errorExamples } from './errors.ts'
import type { CallExample, ErrorExample, OperationExamples } from './example.ts'
import { historyExamples } from './history.ts'
import { revisionExamples } from './revisions.ts'
import { serviceExamples } from './services.ts'

/** The examples of every operation, by its id. test/server/rest/openapi-examples.test.ts sends each of them. */
export const operationExamples: Readonly<Record<string, OperationExamples>> = {
  ...revisionExamples,
  ...serviceExamples,
  ...historyExamples,
}

/** The calls of an operation that succeed, by key. Throws if it has none, because every operation needs an example. */
export function callsOf(operationId: string): readonly (readonly [key: string, call: CallExample])[] {
  const examples = operationExamples[operationId]
  if (examples === undefined) throw new Error(`tools/openapi/examples has no call of ${operationId}`)
  return Object.entries(examples.calls)
}

/** The reasons of its method that an operation does not have. */
export function neverOf(operationId: string): readonly KnownReason[] {
  return operationExamples[operationId]?.never ?? []
}

/** The example of an operation's error with this reason. Throws if there is none. */
export function errorExample(operationId: string, reason: KnownReason): ErrorExample {
  const example = operationExamples[operationId]?.errors?.[reason] ?? errorExamples[reason]
  if (example === undefined) throw new Error(`tools/openapi/examples has no error for ${reason}`)
  return example
}
