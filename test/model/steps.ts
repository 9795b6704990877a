import type fc from 'fast-check'
import { expect } from 'vitest'
import type { Fields } from '../support/api.ts'
import { REGISTER_TIME } from './answers.ts'
import type { Known, Model } from './model.ts'
import type { Call, Outcome, Participant } from './participant.ts'

/** The participants that answer the commands of a history. */
export interface Participants {
  readonly model: Participant
  /** The registry on each store. */
  readonly registries: readonly Participant[]
  /** The number of calls with a request_id so far. */
  marked: number
}

/** A command of a history. Every participant gets the same call and must give the same answer. */
export type Step = fc.AsyncCommand<Model, Participants>

/** Options of a step. */
export interface StepOptions {
  /** Whether the call has a request_id, with which a `retryStep` may repeat it. Default: false. */
  readonly isMarked?: boolean
  /** States in which the command would show nothing and is left out of the history. Default: none. */
  readonly isIdle?: (model: Known) => boolean
}

/** A command that makes a call. */
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

/** A command that repeats the last call with a request_id, whatever happened since. */
export function retryStep(): Step {
  const text = 'the last request with an id again'
  return {
    check: () => true,
    run: (_, participants) => compare(participants, text, (participant) => participant.retry()),
    toString: () => line(text),
  }
}

/** Makes the call with every participant, and fails if the answers differ. */
export function ask(participants: Participants, call: Call): Promise<void> {
  return compare(participants, callText(call), (participant) => participant.call(call))
}

// fast-check prints this line for each command of a failed history.
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
  // The fields that the model does not know must also be the same on every store.
  expect(named(answers), text).toEqual(named(answers.map(() => answers[0])))
}

/** The answer without the texts that differ for each participant. */
function mask(outcome: Outcome | undefined): Outcome {
  const masks: Fields = {
    ...{ etag: '(an etag)', service_etag: '(an etag)', service_hash: '(a hash)', register_time: REGISTER_TIME },
    ...{ time: '(a time)', start_time: '(a time)', update_time: '(a time)' },
  }
  const text = JSON.stringify(outcome ?? {}, (key, value) => masks[key] ?? value)
  return JSON.parse(text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(an etag)')) as Outcome
}

/** The answer without the texts for people, and without the differences of changes, which the model does not know. */
function withoutTexts({ answer, code, reason }: Outcome): Outcome {
  if (answer === undefined) return { code, reason } as Outcome
  return JSON.parse(JSON.stringify({ answer }, (key, value) => forPrograms(key, value))) as Outcome
}

function forPrograms(key: string, value: unknown): unknown {
  if (key === 'explanation') {
    const { rule, generation } = value as Fields
    return { rule, generation }
  }
  if (key === 'differences') return undefined
  if (key !== 'effect') return value
  // An effect without a move is in some answers because of its warnings.
  const { warnings: _, ...effect } = value as Fields
  return Object.keys(effect).length === 1 && effect.moved === 0 ? undefined : effect
}
