import { errors } from 'jose'
import { CallTokenError, type CallTokenErrorReason } from './call-token-error.ts'

/** The reason for each claim or header that is wrong, and its text. */
const byClaim: Readonly<Record<string, readonly [CallTokenErrorReason, string]>> = {
  typ: ['WRONG_TYPE', 'the token is not an access token; send a token that a registry has issued to call a revision.'],
  iss: ['WRONG_ISSUER', 'another issuer has issued the token; send a token of the registry of this revision.'],
  aud: ['WRONG_AUDIENCE', 'the token is for somebody else; ask the registry for a token to call this revision.'],
  iat: ['NOT_YET_VALID', 'the token was issued in the future; set the clocks of the registry and of this machine.'],
  nbf: ['NOT_YET_VALID', 'the token is not valid yet; set the clocks of the registry and of this machine.'],
}

/** Translates an error of jose. Its own messages may quote the token, so none of them is used. */
export function toCallTokenError(error: unknown): CallTokenError {
  if (error instanceof CallTokenError) return error
  if (error instanceof errors.JWTExpired)
    return refuse('EXPIRED', 'the token has expired; ask the registry for a new one.')
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefused(error)
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return refuse('WRONG_ALGORITHM', 'the token is not signed with ES256; send a token that a registry has issued.')
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refuse(
      'WRONG_SIGNATURE',
      'the signature does not fit the token; send the token as the registry has issued it.',
    )
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return refuse('UNKNOWN_KEY', 'the registry does not publish the key of the token; send a token of this registry.')
  }
  return refuse('MALFORMED', 'the token is not a JWT; send a token that a registry has issued.')
}

function claimRefused({ claim, reason }: errors.JWTClaimValidationFailed): CallTokenError {
  const known = byClaim[claim]
  if (known !== undefined && (reason === 'check_failed' || claim === 'typ')) return refuse(...known)
  return refuse(
    'MALFORMED',
    `the claim "${claim}" of the token is missing or has a wrong type; send a token of a registry.`,
  )
}

function refuse(reason: CallTokenErrorReason, message: string): CallTokenError {
  return new CallTokenError(reason, message)
}
