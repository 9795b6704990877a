import { RegistryError } from '../domain/errors.ts'
import { formatSruid } from '../domain/sruid.ts'
import type { CallTokenOrder } from '../registry/tokens/call-token-issuer.ts'

/** The error for a token that cannot be made. The cause goes to the log only, so it must not have a token. */
export function callTokenFailed({ revision }: Pick<CallTokenOrder, 'revision'>, cause: unknown): RegistryError {
  const message = `the token to call ${formatSruid(revision)} could not be made; try again later.`
  return new RegistryError({ reason: 'CALL_TOKEN_FAILED', message, cause })
}
