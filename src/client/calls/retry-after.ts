import type { ConnectError } from '@connectrpc/connect'
import { RetryInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts'

/**
 * How long the server asks the client to wait before another try, in milliseconds; infinite if it asks for no other
 * try. Undefined if it does not say. A proxy may add its own wish, so the longest wait counts.
 */
export function retryAfterMs(error: ConnectError): number | undefined {
  const { metadata } = error
  const asked = [inDetails(error), inHeader(metadata), inTrailer(metadata)].filter((ms) => ms !== undefined)
  return asked.length === 0 ? undefined : Math.max(...asked)
}

// `google.rpc.RetryInfo`
function inDetails(error: ConnectError): number | undefined {
  const delay = error.findDetails(RetryInfoSchema).find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay
  return delay && Math.max(0, Number(delay.seconds) * 1_000 + delay.nanos / 1_000_000)
}

// RFC 9110, section 10.2.3: seconds, or a date of HTTP.
function inHeader(metadata: Headers): number | undefined {
  // The clock of the client may be wrong, so a date is compared with the date of the answer.
  const [now = Date.now()] = valuesOf(metadata, 'date').map((value) => Date.parse(value))
  const waits = valuesOf(metadata, 'retry-after').map((value) =>
    /^\d+$/.test(value) ? Number(value) * 1_000 : Math.max(0, Date.parse(value) - now),
  )
  return waits.length === 0 ? undefined : Math.max(...waits)
}

// A proxy may add a second field, and Connect repeats the fields of some answers. A comma separates them then, and also
// follows the day of the week in a date. `Date.parse` reads many other texts as dates.
function valuesOf(metadata: Headers, name: string): readonly string[] {
  const values = metadata.get(name)?.match(/[A-Z][a-z]+, [^,]+|[^,]+/g) ?? []
  return values.map((value) => value.trim()).filter((value) => /^\d+$/.test(value) || isDate(value))
}

function isDate(text: string): boolean {
  return /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) && !Number.isNaN(Date.parse(text))
}

// The retry specification of gRPC (A6): a value that is not a number of milliseconds asks for no other try.
function inTrailer(metadata: Headers): number | undefined {
  const text = metadata.get('grpc-retry-pushback-ms')
  if (text === null) return undefined
  return /^\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY
}
