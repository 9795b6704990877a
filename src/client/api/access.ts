import type { Permission } from '../../domain/access/permission.ts'
import type { ServiceRevision } from './answers.ts'
import type { CallOptions, ReadOptions, SelectionOptions, TargetingOptions } from './call-options.ts'

/** The options of {@link RegistryClient.whoAmI}. */
export interface WhoAmIOptions extends ReadOptions {
  /** A permission to check. Default: none is checked. */
  readonly permission?: Permission | undefined
  /**
   * The service for which the permission is checked: `namespace/name`. It does not need to exist. Requires
   * `permission`. Default: the answer tells whether the caller has the permission for any service.
   */
  readonly resource?: string | undefined
}

/** The answer of {@link RegistryClient.whoAmI}. */
export interface WhoAmIResult {
  /** The caller, as the registry knows it. */
  readonly caller: CallerIdentity
  /** The grants that apply to the caller. */
  readonly grants: readonly CallerGrant[]
  /** Whether the caller has the permission of the call. Absent if the call had none. */
  readonly check?: PermissionCheck
}

/** The verified identity of a caller. */
export interface CallerIdentity {
  /** The name for people, such as `github:my-org/my-service deploy.yml@refs/tags/1.2.9 run 123.1`, or `anonymous`. */
  readonly name: string
  /** The kind of credential: `ANONYMOUS`, `OIDC`, `STATIC_TOKEN` or `CERTIFICATE`. A newer registry may have others. */
  readonly kind: string
  /** The issuer of the token, `waypost:token` or `waypost:certificate`. Absent if the caller is anonymous. */
  readonly issuer?: string
  /** The claim `sub`, the name of the static token, or the subject of the certificate. Absent if it is anonymous. */
  readonly subject?: string
  /** The claims of the token. A claim that is not a text is JSON. */
  readonly claims: Readonly<Record<string, string>>
}

/** Permissions that a caller has for some services. */
export interface CallerGrant {
  /** The permissions, such as `read`. `admin` includes all others. */
  readonly permissions: readonly string[]
  /** The services: `*` for all, `my-org/*` for those of a namespace, or one such as `my-org/my-service`. */
  readonly on: readonly string[]
}

/** Whether a caller has a permission. */
export interface PermissionCheck {
  /** Whether the caller has it. */
  readonly allowed: boolean
  /** Why the caller does not have it. Absent if the caller has it. */
  readonly explanation?: string
}

/**
 * The options of {@link RegistryClient.callToken}. At most one of a revision tag, `versionRange` and `alias` selects the
 * revision.
 */
export interface CallTokenOptions extends CallOptions, SelectionOptions, TargetingOptions {
  /** How long the token is valid, in whole seconds: 60 to 3600. Default: 300. */
  readonly lifetimeSeconds?: number | undefined
}

/** A token to call a revision, and the revision. */
export interface CallToken {
  /** The revision that the token is for, with its endpoints. */
  readonly revision: ServiceRevision
  /** The token. Send it to the revision as `Authorization: Bearer TOKEN`, and to nobody else. */
  readonly accessToken: string
  /** The time after which the token is not valid, in milliseconds since 1970 (UTC). */
  readonly expiresAt: number
}
