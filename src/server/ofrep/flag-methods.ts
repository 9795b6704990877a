import type { DescMessage, Message } from '@bufbuild/protobuf'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { RegistryError } from '../../domain/errors.ts'
import type { TargetingKey } from '../../domain/rollout/targeting-key.ts'
import type { RegistryDeps } from '../../registry/core/registry-deps.ts'
import type { GetQuery } from '../../registry/revisions/get-query.ts'
import { getRevision } from '../../registry/revisions/get-revision.ts'
import type { CallContext } from '../call/context.ts'
import type { CallMethod } from '../call/method.ts'
import type { EvaluationRequest } from './evaluation-request.ts'
import { type FlagFailure, toFlagFailure } from './failure.ts'
import { type Evaluation, toEvaluation, toFlagQuery } from './flag.ts'

/** A flag, and the lookup that finds its value. */
interface FlagQuery {
  readonly key: string
  readonly query: GetQuery
}

/** The flags of a bulk evaluation. */
interface BulkQuery {
  readonly keys: readonly string[]
  readonly targetingKey: TargetingKey | null
}

/** A method whose requests and responses are those of OFREP, and not messages of the API. */
type FlagMethod<Command, Answer> = CallMethod<RegistryDeps, DescMessage, DescMessage, Command, Answer>

// Both do as Get does, so they need its permission and change nothing.
const method = ServiceRegistry.method.get
const permission = 'read'
const RULE = 'default'

/** Evaluates the flag of the path. */
export const evaluateFlag: FlagMethod<FlagQuery, Evaluation> = {
  method,
  permission,
  resource: ({ query }) => query.service,
  decode(request: Message) {
    const { keys, targetingKey } = request as EvaluationRequest
    const [key = ''] = keys
    return { key, query: toFlagQuery(key, targetingKey) }
  },
  ruleOf: () => RULE,
  run: evaluate,
  encode: (evaluation) => ({ ...evaluation }),
}

/**
 * Evaluates the flags that the context names. A flag that does not exist, or whose service the caller may not read, does not
 * keep the others from being evaluated.
 */
export const evaluateFlags: FlagMethod<BulkQuery, readonly (Evaluation | FlagFailure)[]> = {
  method,
  permission,
  // The caller must be able to read some service. Each of its own is checked in its turn.
  resource: () => null,
  decode: (request: Message) => request as EvaluationRequest,
  run: (deps, { keys, targetingKey }, context) =>
    Promise.all(keys.map((key) => evaluateOrFail(deps, { key, targetingKey }, context))),
  encode: (flags) => ({ flags }),
}

async function evaluate(deps: RegistryDeps, { key, query }: FlagQuery, context: CallContext): Promise<Evaluation> {
  return toEvaluation(key, query, await getRevision(deps, query, context))
}

interface FlagOfBulk {
  readonly key: string
  readonly targetingKey: TargetingKey | null
}

async function evaluateOrFail(
  deps: RegistryDeps,
  { key, targetingKey }: FlagOfBulk,
  context: CallContext,
): Promise<Evaluation | FlagFailure> {
  try {
    const query = toFlagQuery(key, targetingKey)
    context.access.authorize(permission, query.service)
    const evaluation = await evaluate(deps, { key, query }, context)
    countLookup(context, 'found')
    return evaluation
  } catch (error) {
    if (!(error instanceof RegistryError && isAboutFlag(error))) throw error
    if (error.code === 'not_found') countLookup(context, error.reason.toLowerCase())
    return toFlagFailure(error, key)
  }
}

function isAboutFlag({ code }: RegistryError): boolean {
  return code === 'not_found' || code === 'permission_denied' || code === 'unauthenticated'
}

function countLookup({ exchange }: CallContext, outcome: string): void {
  exchange?.observation?.countLookup(RULE, outcome)
}
