import { RegistryError } from '../../domain/errors.ts'
import type { FullSnapshot } from '../../domain/log.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

/**
 * The room for one new revision within the limits of the registry. Two servers that make the first entries of two services
 * at the same time may both find room for the last one.
 */
export class Room {
  readonly #deps: Pick<RegistryDeps, 'store' | 'limits'>
  readonly #service: ServiceId
  #namespace: Promise<void> | undefined

  constructor(deps: Pick<RegistryDeps, 'store' | 'limits'>, service: ServiceId) {
    this.#deps = deps
    this.#service = service
  }

  /**
   * Throws `TOO_MANY_REVISIONS` if the service is full, and rejects with `TOO_MANY_SERVICES` if it is new and its namespace
   * is full. It counts the services of the namespace only once, however often it is called.
   */
  require(newest: FullSnapshot | null): void | Promise<void> {
    const { revisionsPerService, servicesPerNamespace } = this.#deps.limits ?? {}
    if (newest === null) {
      if (servicesPerNamespace === undefined) return
      this.#namespace ??= this.#requireNamespace(servicesPerNamespace)
      return this.#namespace
    }
    const { revisionCount } = newest.head
    if (revisionsPerService !== undefined && revisionCount >= revisionsPerService)
      throw tooManyRevisions(this.#service, revisionCount, revisionsPerService)
  }

  async #requireNamespace(most: number): Promise<void> {
    const { namespace } = this.#service
    const count = await this.#deps.store.countServices({ namespace, most })
    if (count >= most) throw tooManyServices(namespace, most)
  }
}

function tooManyRevisions(service: ServiceId, count: number, most: number): RegistryError {
  const message =
    `${formatServiceId(service)} has ${count} revisions, and the limit is ${most}; ` +
    'delete yanked revisions that nobody needs, or ask the operator to raise --max-revisions-per-service.'
  return new RegistryError({ reason: 'TOO_MANY_REVISIONS', message })
}

function tooManyServices(namespace: string, most: number): RegistryError {
  const message =
    `the namespace "${namespace}" has as many services as it may have, and the limit is ${most}; ` +
    'use another namespace, or ask the operator to raise --max-services-per-namespace.'
  return new RegistryError({ reason: 'TOO_MANY_SERVICES', message })
}
