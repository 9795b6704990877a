/**
 * Verifies the tokens with which callers call a revision, for Node and for platforms with `fetch` and `crypto`.
 *
 * @module
 */
export { RegistryError } from '../domain/errors.ts'
export { CallTokenError, type CallTokenErrorReason } from './call-token-error.ts'
export { type VerifiedCallToken, type VerifyCallTokenOptions, verifyCallToken } from './verify-call-token.ts'
