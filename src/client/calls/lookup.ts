import type { MessageInitShape } from '@bufbuild/protobuf'
import type { GetRequestSchema } from '../../../gen/waypost/v1/service_registry_pb.ts'
import type { RegistryError } from '../../domain/errors.ts'
import { parseServiceReference, splitServiceReference } from '../../domain/sruid.ts'
import type { ServiceRevision } from '../api/answers.ts'
import type { GetOptions } from '../api/call-options.ts'
import type { Call } from './call.ts'
import { isNotFound, isRefusedName, nowhere } from './errors.ts'
import { required, toServiceRevision } from './from-message.ts'
import type { Registry } from './registry.ts'
import { atFields, views, withoutUndefined } from './to-message.ts'

/** A lookup that is ready to be sent. */
export interface Lookup {
  /** The reference to a service or a revision, as the caller gave it. */
  readonly reference: string
  /** `namespace/name`. */
  readonly service: string
  /** A key that is equal for equal lookups only. */
  readonly key: string
  readonly request: MessageInitShape<typeof GetRequestSchema>
}

/**
 * The longest reference that is sent, in characters. It exceeds our grammar, because other registries may allow more.
 */
const MAX_REFERENCE_LENGTH = 1_024

/** A key that is equal for equal lookups only. */
export function keyOf(reference: string, options: GetOptions): string {
  // Most lookups have no options. The keys of the others begin with a bracket.
  if (isPlain(options) && !reference.startsWith('[')) return reference
  return JSON.stringify([reference, givenOptions(options)])
}

/** Prepares a lookup, or throws an `invalid_argument`. The registries check the grammar of its parts. */
export function toLookup(reference: string, options: GetOptions): Lookup {
  const { namespace, name, revisionTag = '' } = splitReference(reference)
  const { at, ...given } = isPlain(options) ? {} : givenOptions(options)
  return {
    reference,
    service: `${namespace}/${name}`,
    key: keyOf(reference, options),
    request: { namespace, name, revisionTag, ...given, ...atFields(at), view: views[options.view ?? 'BASIC'] },
  }
}

/** The options that select and shape an answer. The others bound the call only. */
const OPTIONS = [
  'versionRange',
  'includePrerelease',
  'alias',
  'labelSelector',
  'targetingKey',
  'at',
  'explain',
  'view',
] as const

function isPlain(options: GetOptions): boolean {
  // Each lookup asks this, so it is written out.
  const part = options.versionRange ?? options.includePrerelease ?? options.alias ?? options.labelSelector
  return (part ?? options.targetingKey ?? options.at ?? options.explain ?? options.view) === undefined
}

function givenOptions(options: GetOptions) {
  const entries = OPTIONS.map((name) => [name, options[name]])
  return withoutUndefined(Object.fromEntries(entries) as Pick<GetOptions, (typeof OPTIONS)[number]>)
}

/**
 * Asks the registries in their order. If one does not have the revision, or refuses its name, the next one is asked.
 */
export async function askInTurn<T>(
  registries: readonly Registry[],
  reference: string,
  ask: (registry: Registry) => Promise<T>,
): Promise<T> {
  const answers: RegistryError[] = []
  for (const registry of registries) {
    try {
      return await ask(registry)
    } catch (error) {
      const isElsewhere = isNotFound(error) || isRefusedName(error)
      if (!isElsewhere || !registry.isOneOfSeveral) throw error
      answers.push(error)
    }
  }
  throw nowhere(reference, registries, answers)
}

/** Looks up a revision in the registries, in their order. */
export function lookUpInTurn(registries: readonly Registry[], lookup: Lookup, call: Call): Promise<ServiceRevision> {
  return askInTurn(registries, lookup.reference, async (registry) => {
    const { revision } = await registry.ask(call, (to, options) => to.get(lookup.request, options))
    return toServiceRevision(required(revision, 'revision', registry))
  })
}

/**
 * The parts of a reference to a service or a revision, or an `invalid_argument` if no registry could read them. An empty
 * tag would select the default revision. A request cannot carry the other texts that are refused here.
 */
export function splitReference(reference: string) {
  const parts = splitServiceReference(reference)
  const isSent = reference.length <= MAX_REFERENCE_LENGTH && reference.isWellFormed()
  const isEmpty = parts.namespace === '' || parts.name === '' || parts.revisionTag === ''
  if (!isSent || isEmpty) parseServiceReference(reference)
  return parts
}
