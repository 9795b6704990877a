/**
 * A revision of a service, as the registry answers with it.
 *
 * @example
 * const { revisionTag, isDefault }: ServiceRevision = await client.get('my-org/my-service')
 */
export interface ServiceRevision {
  /** Such as `my-org`. */
  readonly namespace: string
  /** Such as `my-service`. */
  readonly name: string
  /** Such as `1.2.9`. */
  readonly revisionTag: string
  /** Whether it is the default revision of its service. */
  readonly isDefault: boolean
}

/**
 * What a registration answers.
 *
 * @example
 * const { revision, replayed }: RegisterResult = await client.register('my-org/my-service:1.2.9')
 */
export interface RegisterResult {
  /** The revision as it is stored. */
  readonly revision: ServiceRevision
  /**
   * Whether the revision was registered before, with the same content, so that nothing changed. Also true where this very
   * call stored it, lost the answer, and tried again.
   */
  readonly replayed: boolean
}
