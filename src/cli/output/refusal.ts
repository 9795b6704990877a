import type { RegistryError } from '../../client/index.ts'
import { CERTIFICATE, NO_TOKEN } from '../options/calling/credential.ts'

const GIVE = 'give one with --token-from (WAYPOST_TOKEN_FROM), WAYPOST_TOKEN, or --cert and --key'

/**
 * The message for an error, with the next step if the registry or a proxy refused the caller. `credential` says in words
 * how the command proved who calls.
 */
export function explainRefusal(error: RegistryError, text: string, credential: string | undefined): string {
  if (credential === undefined) return text
  const { reason, code, cause } = error
  if (reason === 'TOKEN_FAILED') {
    const late = 'there was none within the time of --timeout; try again later, or give the call more time.'
    const why = code === 'deadline_exceeded' ? late : cause instanceof Error ? cause.message : text
    return `the command could not get ${credential}: ${why}`
  }
  const step = nextStep(reason, code, credential)
  return step === undefined ? text : `${text} The command sent ${credential}; ${step}.`
}

function nextStep(reason: string, code: string, credential: string): string | undefined {
  if (reason === 'PERMISSION_DENIED') return 'run waypost whoami to see who you are and what you may do'
  if (reason === 'TOKEN_INVALID' && credential === CERTIFICATE)
    return 'check who has signed it, and until when it is valid'
  if (reason === 'TOKEN_INVALID') return 'check its issuer, its audience and its expiry'
  if (reason === 'TOKEN_MISSING') return GIVE
  const isRefusal = code === 'unauthenticated' || code === 'permission_denied'
  if (reason !== 'UNEXPECTED_ANSWER' || !isRefusal) return undefined
  return credential.startsWith(NO_TOKEN) ? `a proxy may ask for one, so ${GIVE}` : 'a proxy may ask for another one'
}
