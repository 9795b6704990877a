import { createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import type { Revision } from '../../gen/waypost/v1/revision_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { RegistryError } from '../domain/errors.ts'
import { parseServiceReference, parseSruid } from '../domain/sruid.ts'
import { fromConnectError } from './errors.ts'

/** How long a call may take, in milliseconds. */
const TIMEOUT_MS = 5_000

/** A revision of a service, as the registry answers with it. */
export interface ServiceRevision {
  readonly namespace: string
  readonly name: string
  readonly revisionTag: string
  /** Whether it is the default revision of its service. */
  readonly isDefault: boolean
}

export interface RegisterOptions {
  /** True: the revision becomes the default. False: it does not. Absent: the registry's default policy decides. */
  readonly isDefault?: boolean
}

export interface RegisterResult {
  readonly revision: ServiceRevision
  /** Whether the revision was registered before, with the same content, so that this call changed nothing. */
  readonly replayed: boolean
}

/** Every method rejects with a `RegistryError`, and does so after at most 5 seconds where the registry is silent. */
export interface RegistryClient {
  /**
   * Registers a revision. It is safe to call again: registering what is registered, with the same options, changes
   * nothing.
   *
   * @param sruid The revision: `namespace/name:revision_tag`.
   * @throws RegistryError `invalid_argument`, `already_exists` (the tag has other content), `aborted`, `unavailable`.
   * @example await client.register('my-org/my-service:1.2.9')
   */
  register(sruid: string, options?: RegisterOptions): Promise<RegisterResult>

  /**
   * Gets a revision.
   *
   * @param service A service, `namespace/name`, for its default revision; or a SRUID, `namespace/name:revision_tag`.
   * @throws RegistryError `not_found` (no such service, no such revision, or no default), `invalid_argument`, `unavailable`.
   * @example const { revisionTag } = await client.get('my-org/my-service')
   */
  get(service: string): Promise<ServiceRevision>
}

export interface RegistryClientOptions {
  /** Where the registry is: scheme, host and, where it has one, its base path. With or without a slash at its end. */
  readonly baseUrl: string
}

/**
 * A client of one registry, over the Connect protocol.
 *
 * @throws RegistryError `invalid_argument` where the base URL is none.
 * @example const client = createRegistryClient({ baseUrl: 'http://127.0.0.1:8080' })
 */
export function createRegistryClient({ baseUrl }: RegistryClientOptions): RegistryClient {
  const transport = createConnectTransport({
    baseUrl: parseBaseUrl(baseUrl),
    httpVersion: '1.1',
    useHttpGet: true,
    defaultTimeoutMs: TIMEOUT_MS,
  })
  const rpc = createClient(ServiceRegistry, transport)
  return {
    register: async (sruid, { isDefault } = {}) => {
      const request = { ...parseSruid(sruid), ...(isDefault === undefined ? {} : { isDefault }) }
      const { revision, replayed } = await rpc.register(request).catch(rethrow)
      return { revision: toServiceRevision(revision), replayed }
    },
    get: async (reference) => {
      const { service, revisionTag = '' } = parseServiceReference(reference)
      const { revision } = await rpc.get({ ...service, revisionTag }).catch(rethrow)
      return toServiceRevision(revision)
    },
  }
}

function parseBaseUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text
  throw new RegistryError({
    code: 'invalid_argument',
    reason: 'INVALID_REQUEST',
    message: `baseUrl ${JSON.stringify(text)} is not valid: it must be a URL such as http://127.0.0.1:8080.`,
  })
}

function rethrow(error: unknown): never {
  throw fromConnectError(error)
}

function toServiceRevision(revision: Revision | undefined): ServiceRevision {
  if (revision === undefined) {
    throw new RegistryError({
      code: 'internal',
      reason: 'INTERNAL',
      message: 'The registry answered without a revision.',
    })
  }
  const { namespace, name, revisionTag, isDefault = false } = revision
  return { namespace, name, revisionTag, isDefault }
}
