/** The headers that HTTP and the protocols set themselves. */
const RESERVED =
  /^(?:connect-.*|grpc-.*|content-.*|accept|accept-encoding|connection|host|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i

/** Why a header cannot be sent, as a text without its value. Undefined if it can be sent. */
export function whyNoHeader(name: string, value: unknown, hasToken: boolean): string | undefined {
  if (RESERVED.test(name)) return 'is a header that the protocol sets; leave it out.'
  if (hasToken && name.toLowerCase() === 'authorization')
    return 'is not allowed together with a token; give only one of them.'
  if (typeof value !== 'string') return `is a ${typeof value}; use a string.`
  try {
    new Headers({ [name]: value })
    return undefined
  } catch {
    return 'cannot be sent as a header; use a valid name, and a value without line breaks and other control characters.'
  }
}
