/** Headers that the protocols and HTTP itself set. */
const RESERVED =
  /^(?:connect-.*|grpc-.*|content-.*|accept|accept-encoding|connection|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i

/** Why this can't be sent as a header, for people and without the value; undefined if it can. */
export function whyNoHeader(name: string, value: unknown, hasToken: boolean): string | undefined {
  if (RESERVED.test(name)) return 'is a header that the protocol sets itself.'
  if (hasToken && name.toLowerCase() === 'authorization') return 'is not allowed beside a token.'
  if (typeof value !== 'string') return `must be a string, not a ${typeof value}.`
  try {
    new Headers({ [name]: value })
    return undefined
  } catch {
    return 'can not be sent as a header.'
  }
}
