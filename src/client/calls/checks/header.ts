/** The headers that HTTP and the protocols set themselves. */
const RESERVED =
  /^(?:connect-.*|grpc-.*|content-.*|accept|accept-encoding|connection|host|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i

/** Whether a header can carry a text as a token: it has visible ASCII characters, and no spaces. */
export function isTokenText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

/** Why a header cannot be sent, as a text without its value. Undefined if it can be sent. */
export function whyNoHeader(name: string, value: unknown, hasToken: boolean): string | undefined {
  if (RESERVED.test(name)) return 'is a header that the protocol sets; leave it out.'
  if (hasToken && name.toLowerCase() === 'authorization')
    return 'is not allowed together with a token; give only one of them.'
  if (typeof value !== 'string') return `is a ${typeof value}; use a string.`
  return isSendable(name, trimmed(value))
    ? undefined
    : 'cannot be sent as a header; use a valid name, and a value without line breaks and other control characters.'
}

/**
 * Headers that can be sent, as every transport sends them: with names in lower case, and without the spaces and line
 * breaks around their values. HTTP/2 would drop a header with such a value, for example a token from a file.
 */
export function normalizeHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), trimmed(value)]))
}

function isSendable(name: string, value: string): boolean {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) return false
  try {
    new Headers({ [name]: value })
    return true
  } catch {
    return false
  }
}

// As `Headers` does (Fetch, "normalize").
function trimmed(value: string): string {
  return value.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '')
}
