import type { MessageInitShape } from '@bufbuild/protobuf'
import type { GetRequestSchema } from '../../gen/waypost/v1/service_registry_pb.ts'
import { formatServiceId, parseServiceReference } from '../domain/sruid.ts'
import { required, toServiceRevision } from './answers.ts'
import type { Call } from './call.ts'
import type { GetOptions } from './call-options.ts'
import { isNotFound, nowhere } from './errors.ts'
import type { Registry } from './registry.ts'
import { views, withoutUndefined } from './requests.ts'
import type { ServiceRevision } from './revision.ts'

/** What is asked for. */
export interface Lookup {
  /** As it was given: a service, or a revision of it. */
  readonly reference: string
  /** `namespace/name`. */
  readonly service: string
  /** The same for lookups of the same, and only for these. Begins with the reference. */
  readonly key: string
  readonly request: MessageInitShape<typeof GetRequestSchema>
}

/** Parses what is asked for, or throws an `invalid_argument`. */
export function toLookup(reference: string, options: Omit<GetOptions, 'timeoutMs' | 'signal'>): Lookup {
  const { service, revisionTag = '' } = parseServiceReference(reference)
  const { versionRange, includePrerelease, alias, labelSelector, explain, view } = options
  const given = withoutUndefined({ versionRange, includePrerelease, alias, labelSelector, explain, view })
  return {
    reference,
    service: formatServiceId(service),
    key: Object.keys(given).length === 0 ? reference : `${reference}?${JSON.stringify(given)}`,
    request: { ...service, revisionTag, ...given, view: views[view ?? 'BASIC'] },
  }
}

/** Asks the registries in their order. Only "not found" moves on to the next one. */
export async function lookUpInTurn(
  registries: readonly Registry[],
  lookup: Lookup,
  call: Call,
): Promise<ServiceRevision> {
  const answers: unknown[] = []
  for (const registry of registries) {
    try {
      const { revision } = await registry.ask(call, (to, options) => to.get(lookup.request, options))
      return toServiceRevision(required(revision, 'revision', registry))
    } catch (error) {
      if (!isNotFound(error) || !registry.isOneOfSeveral) throw error
      answers.push(error)
    }
  }
  throw nowhere(lookup.reference, registries, answers)
}
