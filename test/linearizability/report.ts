import { checkLinearizable, without } from './check.ts'
import type { RecordedCall } from './history.ts'
import type { ServiceState } from './service-model.ts'
import { changedNothing, serviceSpecification } from './specification.ts'

/** Describes the smallest part of a history that still has no order. */
export function describeFailure(calls: readonly RecordedCall[]): string {
  const smallest = reduce(calls)
  const { order, state } = checkLinearizable(serviceSpecification, smallest)
  const left = smallest.filter((call) => !order.includes(call) && call.outcome !== undefined)
  const numbers = (some: readonly RecordedCall[]) => some.map((call) => smallest.indexOf(call) + 1).join(', ')
  return [
    `No order explains these ${smallest.length} of ${calls.length} calls (number, sent at – answered at, by whom):`,
    ...smallest.map((call, index) => `${index + 1}.`.padEnd(4) + formatCall(call)),
    `The longest order that keeps to the model is ${numbers(order)}. Then the service has ${formatState(state)}`,
    `and this does not fit: ${numbers(left)}`,
  ].join('\n')
}

/**
 * Reduces a history that has no order. It leaves out the calls after the first unexplained answer, and then the calls
 * that changed nothing. A history that has an order still has one without these calls.
 */
export function reduce(calls: readonly RecordedCall[]): readonly RecordedCall[] {
  const isWrong = (some: readonly RecordedCall[]) => !checkLinearizable(serviceSpecification, some).isLinearizable
  const moments = calls.map((call) => call.returned).sort((a, b) => a - b)
  const end = moments.find((moment) => isWrong(cutAt(calls, moment))) ?? Number.POSITIVE_INFINITY
  const begin = cutAt(calls, end)
  return begin.reduce((kept, call) => {
    if (!changedNothing(call.operation, call.outcome)) return kept
    return isWrong(without(kept, call)) ? without(kept, call) : kept
  }, begin)
}

/** The history as it was known at a moment. A call without an answer by then may or may not have happened. */
function cutAt(calls: readonly RecordedCall[], moment: number): readonly RecordedCall[] {
  return calls
    .filter((call) => call.invoked < moment)
    .map((call) =>
      call.returned <= moment ? call : { ...call, returned: Number.POSITIVE_INFINITY, outcome: undefined },
    )
    .sort((a, b) => a.invoked - b.invoked)
}

function formatCall({ route, operation: { method, request }, invoked, returned, outcome }: RecordedCall): string {
  const when = `${String(invoked).padStart(3)} – ${outcome === undefined ? '?' : returned}`.padEnd(10)
  return `${when} ${route.padEnd(14)} ${method} ${JSON.stringify(request)} → ${formatOutcome(outcome)}`
}

function formatOutcome(outcome: RecordedCall['outcome']): string {
  if (outcome === undefined) return 'no answer yet'
  // The service is left out, because it is the same in every call.
  if ('answer' in outcome) return JSON.stringify(outcome.answer).replaceAll(/"(namespace|name)":"[^"]*",?/g, '')
  const { code, reason = '', message } = outcome.refused
  return `${code} ${reason} (${message})`
}

function formatState({ revisions, defaultTag, aliases }: ServiceState): string {
  const tags = revisions.map(({ tag, isYanked }) => (isYanked ? `${tag} (yanked)` : tag))
  const names = aliases.map(({ name, tag }) => `${name}: ${tag}`)
  return `the revisions [${tags.join(', ')}], the default ${defaultTag} and the aliases [${names.join(', ')}],`
}
