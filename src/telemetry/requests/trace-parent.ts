const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/

/** The length of a header of version 00. Only those of later versions may be longer. */
const LENGTH = 55

/** The id of the trace in a header `traceparent` of W3C Trace Context. Undefined: the header is missing or not valid. */
export function traceIdOf(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || (header.startsWith('00') && header.length !== LENGTH)) return undefined
  return TRACE_PARENT.exec(header)?.[1]
}
