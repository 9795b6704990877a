import { makeKey, signToken } from '../../auth/oidc/issuer.ts'
import { makeToken, type StaticToken } from '../../support/access-file.ts'
import { startGuarded } from '../../support/guarded-server.ts'

const AUDIENCE = 'https://registry.example.com/services'
const GITHUB = 'https://token.actions.githubusercontent.com'
/** It does not exist. */
const UNREACHABLE = 'https://issuer.example.com'

/** A registry with access control, and callers of it. */
export interface GuardedRegistry {
  readonly url: string
  /** The owner may do everything. */
  readonly owner: StaticToken
  /** The stranger may do nothing. */
  readonly stranger: StaticToken
  /** A token of a job in a pipeline that may register. */
  readonly ofJob: string
  /** A token of an issuer whose keys nobody can get. */
  readonly ofUnreachable: string
  close(): Promise<void>
}

/** Starts a registry with access control, which trusts an issuer with a file of keys and one that does not exist. */
export async function startGuardedRegistry(): Promise<GuardedRegistry> {
  const key = makeKey('ES256', 'first')
  const [owner, stranger] = [makeToken('owner'), makeToken('stranger')]
  const grants = [
    { permissions: ['admin'], on: ['*'], to: { token: 'owner' } },
    { permissions: ['register'], on: ['*'], to: { iss: GITHUB, repository_owner_id: '123456' } },
  ]
  const issuers = [{ issuer: GITHUB, jwks_file: 'keys.json' }, { issuer: UNREACHABLE }]
  const parts = { tokens: [owner, stranger], grants, others: { audiences: [AUDIENCE], issuers } }
  const server = await startGuarded(parts, { files: { 'keys.json': JSON.stringify({ keys: [key.jwk] }) } })
  const tokenOf = (iss: string, claims: object = {}) => {
    const iat = Math.floor(Date.now() / 1000)
    const all = { iss, sub: 'job', aud: AUDIENCE, iat, exp: iat + 600, ...claims }
    return signToken(key, { alg: 'ES256', kid: 'first', typ: 'JWT' }, all)
  }
  const job = { repository: 'my-org/my-service', repository_owner_id: '123456', sha: '5ca1ab1e'.repeat(5) }
  return {
    ...{ url: server.url, owner, stranger, ofJob: tokenOf(GITHUB, job), ofUnreachable: tokenOf(UNREACHABLE) },
    close: () => server.close(),
  }
}
