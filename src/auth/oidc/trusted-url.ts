import { quote } from '../../domain/errors.ts'

/**
 * Reads the URL of an issuer or of its keys. Throws if it is neither `https` nor, for development and tests, an `http` URL of
 * this machine, or if it has a user, a query or a fragment. `what` names the setting in the message.
 */
export function trustedUrl(text: string, what: string, isHttpAllowed = true): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSecure = url?.protocol === 'https:' || (isHttpAllowed && url !== undefined && isLocalHttp(url))
  if (!url || !isSecure) throw new Error(`${what} ${quote(text)} is not an https URL; use an https URL.`)
  if (url.username || url.password || url.hash) {
    throw new Error(`${what} ${quote(text)} has a user or a fragment; use a URL without them.`)
  }
  return url
}

/** Whether a URL is one of this machine that needs no TLS, because nobody is between. */
export function isLocalHttp({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
