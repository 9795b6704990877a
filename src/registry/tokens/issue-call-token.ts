import { RegistryError } from '../../domain/errors.ts'
import { formatSruid, type Sruid } from '../../domain/sruid.ts'
import type { Caller } from '../core/caller.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type RevisionView, viewRevision } from '../core/views.ts'
import type { GetQuery } from '../revisions/get-query.ts'
import { getRevision } from '../revisions/get-revision.ts'
import type { CallToken } from './call-token-issuer.ts'

/** Selects a revision, and tells how long the token to call it is valid. */
export interface CallTokenQuery extends GetQuery {
  readonly lifetimeS: number
}

/** A token to call a revision, and the revision. */
export interface IssuedCallToken extends CallToken {
  readonly revision: RevisionView
}

/**
 * Issues a token to call the revision that the query selects. Throws as `getRevision` does, `REVISION_YANKED`,
 * `CALL_TOKENS_OFF` or `CALL_TOKEN_FAILED`.
 */
export async function issueCallToken(
  deps: Pick<RegistryDeps, 'store' | 'callTokens'>,
  { lifetimeS, ...query }: CallTokenQuery,
  caller: Caller,
): Promise<IssuedCallToken> {
  const { callTokens } = deps
  if (callTokens === undefined) throw tokensOff()
  const { snapshot, revision } = await getRevision(deps, query, caller)
  // A yank ends all calls of the revision within one lifetime of its tokens.
  if (revision.lifecycle.yank !== null) throw yanked(revision)
  const { access, signal } = caller
  const audience = access.callAudience(revision)
  const { generation } = snapshot
  const token = await callTokens.issue({ revision, generation, audience, caller: access.identity, lifetimeS }, signal)
  return { ...token, revision: viewRevision(revision, snapshot) }
}

function tokensOff(): RegistryError {
  const message = 'this server issues no tokens to call revisions; start it with --call-tokens.'
  return new RegistryError({ reason: 'CALL_TOKENS_OFF', message })
}

function yanked(sruid: Sruid): RegistryError {
  const message = `${formatSruid(sruid)} is yanked; choose a revision that is not yanked.`
  return new RegistryError({ reason: 'REVISION_YANKED', message })
}
