import type {
  AliasTarget,
  ChangeOptions,
  DefaultOptions,
  DeprecateOptions,
  EtagOptions,
  GetOptions,
  ListOptions,
  ListRevisionsOptions,
  ListServicesOptions,
  RegisterOptions,
  RevisionInformation,
  YankOptions,
} from './call-options.ts'
import type {
  PolicyDecision,
  RegisterResult,
  ServiceAlias,
  ServiceRevision,
  ServiceSummary,
  YankResult,
} from './revision.ts'

/**
 * A client of one or several registries. Every method rejects with a `RegistryError`, and does so within the call's
 * `timeoutMs`, 5 seconds unless said otherwise. Where a registry is `unavailable` it is asked again, up to 5 times in all
 * and within that time, after pauses of random length of up to a second.
 *
 * Every change goes to the first registry, or to the one that its options name, and can fail with `invalid_argument`,
 * `aborted` (an etag is not the current one, or others kept writing), `unavailable`, `deadline_exceeded` or `canceled` (it
 * may have been made all the same), `unauthenticated`, `permission_denied`.
 *
 * @example
 * const client: RegistryClient = createRegistryClient({ baseUrl: 'http://127.0.0.1:8080' })
 */
export interface RegistryClient {
  /**
   * Registers a revision. It is safe to call again: registering what is registered, with the same options, changes nothing.
   *
   * @param sruid The revision: `namespace/name:revision_tag`.
   * @throws RegistryError Also `already_exists` (the tag has other content).
   * @example
   * await client.register('my-org/my-service:1.2.9', { labels: { tier: 'web' } })
   */
  register(sruid: string, options?: RegisterOptions): Promise<RegisterResult>

  /**
   * Gets a revision, from the first registry that has it. Where a registry answers that it is not there, the next one is
   * asked; any other failure is an error that names the registry, since what the others have is then not the answer.
   *
   * @param service A service, `namespace/name`, for its default revision or what the options select; or a SRUID,
   *   `namespace/name:revision_tag`.
   * @throws RegistryError `not_found` (no registry has such a service, such a revision, or a default), `invalid_argument`,
   *   `unavailable`, `deadline_exceeded`, `canceled`, `unauthenticated`, `permission_denied`.
   * @example
   * const { revisionTag } = await client.get('my-org/my-service', { versionRange: '^1.2' })
   */
  get(service: string, options?: GetOptions): Promise<ServiceRevision>

  /**
   * Changes what is said of a revision: the parts that are given, each as a whole.
   *
   * @throws RegistryError Also `not_found`.
   * @example
   * await client.updateRevision('my-org/my-service:1.2.9', { labels: {}, description: 'Answers in time.' })
   */
  updateRevision(sruid: string, changes: RevisionInformation, options?: EtagOptions): Promise<ServiceRevision>

  /**
   * Makes a revision the default of its service, whatever the policy says. The etag is that of the service.
   *
   * @throws RegistryError Also `failed_precondition` (there is no such revision, or it is yanked).
   * @example
   * await client.setDefault('my-org/my-service:1.2.8', { reason: '1.2.9 answers too late' })
   */
  setDefault(sruid: string, options?: DefaultOptions): Promise<ServiceSummary>

  /**
   * Leaves a service without a default, until a registration makes one. The etag is that of the service.
   *
   * @throws RegistryError Also `not_found` (there is no such service).
   * @example
   * await client.clearDefault('my-org/my-service')
   */
  clearDefault(service: string, options?: DefaultOptions): Promise<ServiceSummary>

  /**
   * Points an alias to a revision, or has it follow a range. Makes the alias where there is none of the name.
   *
   * @throws RegistryError Also `failed_precondition` (there is no such revision, it is yanked, or the service has 64 aliases)
   *   and `not_found` (there is no such service).
   * @example
   * await client.setAlias('my-org/my-service', 'stable', { follows: '^1' })
   */
  setAlias(service: string, alias: string, target: AliasTarget, options?: EtagOptions): Promise<ServiceAlias>

  /**
   * Removes an alias. What it pointed to stays.
   *
   * @throws RegistryError Also `not_found`.
   * @example
   * await client.deleteAlias('my-org/my-service', 'stable')
   */
  deleteAlias(service: string, alias: string, options?: EtagOptions): Promise<void>

  /**
   * Lists the aliases of a service, all of them, in the order of their names.
   *
   * @throws RegistryError Also `not_found` (there is no such service).
   * @example
   * for (const { alias, revisionTag } of await client.listAliases('my-org/my-service')) console.log(alias, revisionTag)
   */
  listAliases(service: string, options?: Omit<ListOptions, 'pageSize'>): Promise<readonly ServiceAlias[]>

  /**
   * Tells callers to leave a revision, which stays fit for use and may still be chosen.
   *
   * @throws RegistryError Also `not_found`, and `failed_precondition` (the replacement does not exist, or is yanked).
   * @example
   * await client.deprecate('my-org/my-service:1.2.9', { message: 'It answers too late.', replacement: '1.3.0' })
   */
  deprecate(sruid: string, options?: DeprecateOptions): Promise<ServiceRevision>

  /**
   * Has a revision never be chosen again by a range, an alias that follows one, or a policy. Its tag still finds it.
   *
   * @throws RegistryError Also `not_found`, and `internal` (the policy, asked for the next default, failed).
   * @example
   * await client.yank('my-org/my-service:1.2.9', { reason: 'It loses data.' })
   */
  yank(sruid: string, options?: YankOptions): Promise<YankResult>

  /**
   * Makes a revision active again, whatever its state is. The default stays.
   *
   * @throws RegistryError Also `not_found`.
   * @example
   * await client.restore('my-org/my-service:1.2.9')
   */
  restore(sruid: string, options?: EtagOptions): Promise<ServiceRevision>

  /**
   * Removes a revision that is yanked and that neither the default nor an alias points to. Its tag is never used for other
   * content.
   *
   * @throws RegistryError Also `not_found`, and `failed_precondition` (it is not yanked, or something points to it).
   * @example
   * const { etag = '' } = await client.get('my-org/my-service:1.2.9', { view: 'FULL' })
   * await client.deleteRevision('my-org/my-service:1.2.9', { etag })
   */
  deleteRevision(sruid: string, options: ChangeOptions & { readonly etag: string }): Promise<void>

  /**
   * Lists the namespaces that have services.
   *
   * @example
   * for await (const namespace of client.listNamespaces()) console.log(namespace)
   */
  listNamespaces(options?: ListOptions): AsyncIterable<string>

  /**
   * Lists services in the order of their text. What others write in the meantime makes nothing come twice or be left out.
   *
   * @example
   * for await (const { name, defaultRevisionTag } of client.listServices({ prefix: 'my-org/' })) {
   *   console.log(name, defaultRevisionTag)
   * }
   */
  listServices(options?: ListServicesOptions): AsyncIterable<ServiceSummary>

  /**
   * Lists the revisions of a service. What others write in the meantime makes nothing come twice or be left out.
   *
   * @throws RegistryError Also `not_found` (there is no such service).
   * @example
   * for await (const { revisionTag } of client.listRevisions('my-org/my-service', { state: 'YANKED' })) {
   *   console.log(revisionTag)
   * }
   */
  listRevisions(service: string, options?: ListRevisionsOptions): AsyncIterable<ServiceRevision>

  /**
   * Asks the registry's default policy whether it would make a revision the default now. Registers nothing.
   *
   * @throws RegistryError Also `internal` (the policy failed).
   * @example
   * const { becomesDefault } = await client.testPolicy('my-org/my-service:2.0.0-rc.1')
   */
  testPolicy(sruid: string, options?: Omit<ListOptions, 'pageSize'>): Promise<PolicyDecision>
}
