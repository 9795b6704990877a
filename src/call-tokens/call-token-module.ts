/**
 * The facts about a token that the registry asks a module for.
 *
 * @example
 * const request: CallTokenRequest = {
 *   namespace: 'my-org',
 *   name: 'my-service',
 *   revisionTag: '1.2.9',
 *   generation: 7,
 *   endpoints: [{ protocol: 'https', uri: 'https://my-service.example.com', metadata: {} }],
 *   labels: {},
 *   audience: 'waypost:my-org/my-service:1.2.9',
 *   caller: { name: 'token:ci-legacy', issuer: 'waypost:token', subject: 'ci-legacy', id: 'waypost:token#ci-legacy' },
 *   lifetimeSeconds: 300,
 * }
 */
export interface CallTokenRequest {
  /** The namespace of the service. */
  readonly namespace: string
  /** The name of the service. */
  readonly name: string
  /** The tag of the revision that will be called. It is not yanked. */
  readonly revisionTag: string
  /** The generation of the service at which the registry has chosen the revision. */
  readonly generation: number
  /** The endpoints of the revision. Whoever registers a revision chooses them, so a module must not trust them. */
  readonly endpoints: readonly CallTokenEndpoint[]
  /** The labels of the revision. Whoever registers a revision chooses them, too. */
  readonly labels: Readonly<Record<string, string>>
  /** The audience that the operator has chosen for the service, or else `waypost:` and the SRUID of the revision. */
  readonly audience: string
  /** The caller, who has the permission `call` on the service. */
  readonly caller: CallTokenCaller
  /** How long the token should be valid: 60 to 3,600 seconds. */
  readonly lifetimeSeconds: number
}

/** An endpoint of a revision. */
export interface CallTokenEndpoint {
  /** Such as `https`. */
  readonly protocol: string
  /** The address of the endpoint. */
  readonly uri: string
  /** More facts about the endpoint. */
  readonly metadata: Readonly<Record<string, string>>
}

/** The caller of a revision. */
export interface CallTokenCaller {
  /** The name for people. */
  readonly name: string
  /** The issuer of the token, `waypost:token` or `waypost:certificate`. Empty if the caller is anonymous. */
  readonly issuer: string
  /** The claim `sub`, the name of the static token, or the subject of the certificate. Empty if it is anonymous. */
  readonly subject: string
  /** The issuer and the subject as one text, which the registry's own tokens have as `sub`. */
  readonly id: string
}

/** A token that a module has got from its issuer. */
export interface BrokeredToken {
  /** The token. It has 1 to 16,384 characters, all of them visible ASCII characters. */
  readonly accessToken: string
  /** The seconds until the token is no longer valid: a whole number, at least 1. */
  readonly expiresInSeconds: number
}

/**
 * The default export of a module for `--call-tokens`: gets a token to call a revision from another issuer.
 *
 * @example
 * const getToken: CallTokenModule = async ({ audience, lifetimeSeconds }) => {
 *   const response = await fetch(`https://tokens.example.com/?audience=${encodeURIComponent(audience)}`)
 *   if (!response.ok) throw new Error(`the issuer answered ${response.status}`)
 *   return { accessToken: await response.text(), expiresInSeconds: lifetimeSeconds }
 * }
 */
export type CallTokenModule = (request: CallTokenRequest) => BrokeredToken | Promise<BrokeredToken>
