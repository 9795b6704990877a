import type fc from 'fast-check'
import { expect } from 'vitest'
import type { Fields } from '../support/api.ts'
import { REGISTER_TIME } from './answers.ts'
import type { Model } from './model.ts'
import type { Call, Outcome, Participant } from './participant.ts'

/** Who answers the commands of a history. */
export interface Participants {
  readonly model: Participant
  /** The registry on each store. */
  readonly registries: readonly Participant[]
  /** How many calls had a request id so far. */
  marked: number
}

/** A command of a history: everybody is asked the same, and answers alike. */
export type Step = fc.AsyncCommand<Model, Participants>

/** How a call is made. */
export interface StepOptions {
  /** Whether it has a request id, so that a `retryStep` may make it again. Default: false. */
  readonly isMarked?: boolean
  /** Where there is nothing to see: then the command is left out of the history. Default: nowhere. */
  readonly isIdle?: (model: Pick<Model, 'stateOf'>) => boolean
}

/** A call. */
export function callStep(call: Call, { isMarked = false, isIdle = () => false }: StepOptions = {}): Step {
  return {
    check: (model) => !isIdle(model),
    run: (_, participants) => {
      const mark = isMarked ? { request_id: `request-${++participants.marked}` } : {}
      return ask(participants, { ...call, request: { ...call.request, ...mark } })
    },
    toString: () => line(`${callText(call)}${isMarked ? ' with a request id' : ''}`),
  }
}

/** The last call again that had a request id, whatever came between. */
export function retryStep(): Step {
  const text = 'the last request with an id again'
  return {
    check: () => true,
    run: (_, participants) => compare(participants, text, (participant) => participant.retry()),
    toString: () => line(text),
  }
}

/** Asks everybody, and fails where the answers are not alike. */
export function ask(participants: Participants, call: Call): Promise<void> {
  return compare(participants, callText(call), (participant) => participant.call(call))
}

// A line for each command where fast-check prints the history that failed.
function line(text: string): string {
  return `\n  ${text}`
}

function callText({ method, request, etag }: Call): string {
  return `${method} ${JSON.stringify(request)}${etag ? ` with the etag ${etag.which} of ${etag.of}` : ''}`
}

async function compare(
  { model, registries }: Participants,
  text: string,
  asking: (participant: Participant) => Promise<Outcome | undefined>,
): Promise<void> {
  const [expected, ...outcomes] = await Promise.all([model, ...registries].map(asking))
  const named = (values: readonly unknown[]) => Object.fromEntries(registries.map(({ name }, i) => [name, values[i]]))
  const answers = outcomes.map(mask)
  const modelAnswer = withoutTexts(mask(expected))
  expect(named(answers.map(withoutTexts)), text).toEqual(named(answers.map(() => modelAnswer)))
  // What the model has no words for is the same on every store, too.
  expect(named(answers), text).toEqual(named(answers.map(() => answers[0])))
}

/** Without what has another text with everybody. */
function mask(outcome: Outcome | undefined): Outcome {
  const masks: Fields = { etag: '(an etag)', service_etag: '(an etag)', register_time: REGISTER_TIME }
  const text = JSON.stringify(outcome ?? {}, (key, value) => masks[key] ?? value)
  return JSON.parse(text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(an etag)')) as Outcome
}

/** Without what is said to people. */
function withoutTexts({ answer, code, reason }: Outcome): Outcome {
  if (answer === undefined) return { code, reason } as Outcome
  const { revision } = answer as { revision?: { explanation?: { rule: string } } }
  if (revision?.explanation === undefined) return { answer }
  return { answer: { ...answer, revision: { ...revision, explanation: { rule: revision.explanation.rule } } } }
}
