import { type CompactJWSHeaderParameters, compactVerify, errors } from 'jose'
import { quote, RegistryError } from '../../domain/errors.ts'
import { tokenInvalid } from '../token-error.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { algorithms } from './key-set.ts'

/** Resolves if a key of the issuer has signed the token. Rejects with `TOKEN_INVALID` or `ISSUER_UNREACHABLE` otherwise. */
export async function verifySignature(token: string, header: CompactJWSHeaderParameters, keys: IssuerKeys) {
  try {
    await compactVerify(token, await keys.keyFor(header), { algorithms: [...algorithms] })
  } catch (error) {
    throw error instanceof RegistryError ? error : asTokenInvalid(error, header)
  }
}

function asTokenInvalid(error: unknown, { alg, kid }: CompactJWSHeaderParameters) {
  const named = kid === undefined ? 'without a key id (kid)' : `with the key id (kid) ${quote(kid)}`
  if (error instanceof errors.JWKSNoMatchingKey) {
    const remedy = 'use a token that is signed with a current key of its issuer'
    return tokenInvalid(`the issuer of the token has no ${alg} key for a token ${named}`, remedy)
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    const remedy = 'use a token whose header names one key'
    return tokenInvalid(`the issuer of the token has several ${alg} keys for a token ${named}`, remedy)
  }
  return tokenInvalid('the signature of the token is not valid', 'send the token as its issuer made it', error)
}
