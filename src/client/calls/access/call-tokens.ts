import type { MessageInitShape } from '@bufbuild/protobuf'
import type {
  IssueCallTokenRequestSchema,
  IssueCallTokenResponse,
} from '../../../../gen/waypost/v1/service_registry_pb.ts'
import type { CallToken, CallTokenOptions } from '../../api/access.ts'
import type { Call } from '../call.ts'
import { Flight } from '../flight.ts'
import { required, toRevision } from '../from-message.ts'
import { askInTurn, splitReference } from '../lookup.ts'
import { deepFreeze } from '../lookup-cache.ts'
import type { Registry } from '../registry.ts'
import { withoutUndefined } from '../to-message.ts'

/** A token that a caller wants. */
export interface WantedToken {
  /** The reference to a service or a revision, as the caller gave it. */
  readonly reference: string
  /** `namespace/name`. */
  readonly service: string
  /** A key that is equal for equal wishes only. */
  readonly key: string
  readonly request: MessageInitShape<typeof IssueCallTokenRequestSchema>
}

interface Kept {
  readonly token: CallToken
  readonly service: string
  readonly registry: Registry
  readonly credential: string
}

/** How long before its end a token is no longer handed out, in milliseconds. Its receiver has to use it within that time. */
const EARLY_MS = 30_000

/** The largest number of tokens that are kept. */
const MOST_KEPT = 1_000

/** Prepares the request for a token, or throws an `invalid_argument`. The registries check the grammar of its parts. */
export function toWantedToken(reference: string, options: CallTokenOptions): WantedToken {
  const { namespace, name, revisionTag = '' } = splitReference(reference)
  const { versionRange, includePrerelease, alias, labelSelector, targetingKey, lifetimeSeconds } = options
  const selection = { versionRange, includePrerelease, alias, labelSelector, targetingKey }
  const given = withoutUndefined({ ...selection, lifetimeSeconds })
  return {
    reference,
    service: `${namespace}/${name}`,
    key: JSON.stringify([reference, given]),
    request: { namespace, name, revisionTag, ...given },
  }
}

/**
 * Gets tokens to call revisions, and keeps each until shortly before its end. A kept token is handed out only while its
 * registry would be sent the credential for which it was issued, so that no caller gets the token of another identity.
 */
export class CallTokens {
  readonly #registries: readonly Registry[]
  readonly #kept = new Map<string, Kept>()
  readonly #flights = new Map<string, { readonly service: string; readonly flight: Flight<CallToken> }>()

  constructor(registries: readonly Registry[]) {
    this.#registries = registries
  }

  /** Gets a token from the first registry that has the revision. */
  async get(wanted: WantedToken, call: Call): Promise<CallToken> {
    const kept = this.#find(wanted.key)
    if (kept && (await kept.registry.credential(call)) === kept.credential) return kept.token
    return askInTurn(this.#registries, wanted.reference, async (registry) => {
      return this.#flightOf(wanted, registry, await registry.credential(call)).join(call)
    })
  }

  /** Forgets the tokens for a service, `namespace/name`. Tokens that are under way are not kept either. */
  forget(service: string): void {
    for (const map of [this.#kept, this.#flights]) {
      for (const [key, value] of map) if (value.service === service) map.delete(key)
    }
  }

  #find(key: string): Kept | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined || Date.now() < kept.token.expiresAt - EARLY_MS) return kept
    this.#kept.delete(key)
    return undefined
  }

  #flightOf(wanted: WantedToken, registry: Registry, credential: string): Flight<CallToken> {
    const key = JSON.stringify([registry.name, credential, wanted.key])
    const underWay = this.#flights.get(key)
    if (underWay) return underWay.flight
    const isCurrent = () => this.#flights.get(key)?.flight === flight
    const flight: Flight<CallToken> = new Flight(
      async (call) => {
        const token = deepFreeze(await issue(wanted, registry, call))
        if (isCurrent()) this.#keep(wanted.key, { token, service: wanted.service, registry, credential })
        return token
      },
      () => {
        if (isCurrent()) this.#flights.delete(key)
      },
    )
    this.#flights.set(key, { service: wanted.service, flight })
    return flight
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    if (this.#kept.size <= MOST_KEPT) return
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined) this.#kept.delete(oldest)
  }
}

async function issue({ request }: WantedToken, registry: Registry, call: Call): Promise<CallToken> {
  const askedAt = Date.now()
  const answer = await registry.ask(call, (rpc, to) => rpc.issueCallToken(request, to))
  return toCallToken(answer, registry, askedAt)
}

// The lifetime began after the request was sent, so this end is never too late.
function toCallToken(answer: IssueCallTokenResponse, registry: Registry, askedAt: number): CallToken {
  const revision = toRevision(answer, registry)
  const accessToken = required(answer.accessToken || undefined, 'access token', registry)
  return { revision, accessToken, expiresAt: askedAt + answer.expiresIn * 1_000 }
}
