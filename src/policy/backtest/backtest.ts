import type { NamedPolicy, PolicyContext } from '../../domain/policies/default-policy.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { parseServiceReference } from '../../domain/sruid.ts'
import { withTimeLimit } from '../../time-limit.ts'
import { DefaultPeriods, type Period } from './default-periods.ts'
import type { PastChange } from './past-service.ts'
import { Simulation } from './simulation.ts'

export { type LoadedPolicy, loadPolicy } from '../load-policy.ts'

/** The longest time for one decision, in milliseconds: as on a server. */
const TIME_LIMIT_MS = 1_000

/** The history of a service. */
export interface History {
  /** `namespace/name`. */
  readonly service: string
  /** All changes of the service, the oldest first. */
  readonly changes: Iterable<PastChange>
}

/** The result of a backtest. */
export interface Backtested {
  /** The number of changes. */
  readonly changes: number
  /** How often the policy was asked. */
  readonly questions: number
  /** The times during which the default would have been another one, the earliest first. */
  readonly periods: readonly Period[]
}

/**
 * Runs a policy over the history of a service, and tells when the default would have been another one. Rejects with an error
 * for people if the policy fails.
 */
export async function backtest(policy: NamedPolicy, { service: reference, changes }: History): Promise<Backtested> {
  const { service } = parseServiceReference(reference)
  let [count, questions] = [0, 0]
  const simulation = new Simulation({
    policy,
    ask: (revisionTag, context) => {
      questions++
      return decide(policy, { ...service, revisionTag }, context)
    },
  })
  const periods = new DefaultPeriods()
  for (const change of changes) {
    count++
    await naming(`generation ${change.generation} of ${reference}`, simulation.follow(change))
    periods.add(change, { defaultTag: simulation.actual.defaultTag, byPolicy: simulation.defaultTag })
  }
  return { changes: count, questions, periods: periods.all }
}

async function decide(policy: NamedPolicy, candidate: Sruid, context: PolicyContext): Promise<boolean> {
  if (policy.decideNow) return policy.decideNow(candidate, context)
  const controller = new AbortController()
  const deciding = (async () => policy.decide(candidate, context, controller.signal))()
  const late = () => {
    controller.abort()
    return new Error(`it took longer than ${TIME_LIMIT_MS} ms`)
  }
  const decision: unknown = await withTimeLimit(deciding, { ms: TIME_LIMIT_MS, late })
  if (typeof decision === 'boolean') return decision
  throw new Error(`it answered ${JSON.stringify(decision)} instead of true or false`)
}

// The error of a module has a stack, whose first line is for people.
async function naming(place: string, following: Promise<void>): Promise<void> {
  try {
    await following
  } catch (cause) {
    const [text] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
    throw new Error(`the policy failed at ${place} (${text}); correct it, and try again.`, { cause })
  }
}
