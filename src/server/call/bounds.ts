import type { DescMessage } from '@bufbuild/protobuf'
import { RegistryError } from '../../domain/errors.ts'
import { tooMany } from '../../domain/field-errors.ts'
import { measureJson } from './json-size.ts'
import { countProtoValues } from './proto-values.ts'

// A value that is a few bytes in a request can take a hundred times as many in memory, and a microsecond to make. So the
// values are counted in the bytes of a message before anything is made of them. The largest request that the API allows
// has fewer than 2,000.

/** The most values in the message of a request, nested ones included. */
export const MAX_VALUES = 5_000

/** How deep a message may be nested. Protobuf has the same limit. */
export const MAX_DEPTH = 100

/** Throws `REQUEST_TOO_LARGE` if a message in protobuf has more than 5,000 values, or `INVALID_REQUEST` if it is broken. */
export function requireSmallProto(schema: DescMessage, bytes: Uint8Array): void {
  requireFew(countProto(schema, bytes))
}

/**
 * Throws `REQUEST_TOO_LARGE` if JSON has more than 5,000 values, and a `SyntaxError` if it is nested more than 100 levels
 * deep. Unknown fields count, too.
 */
export function requireSmallJson(bytes: Uint8Array): void {
  const { depth, values } = measureJson(bytes, MAX_VALUES)
  if (depth > MAX_DEPTH) throw new SyntaxError(`it is nested more than ${MAX_DEPTH} levels deep`)
  requireFew(values)
}

/**
 * Throws `INVALID_REQUEST` if a field mask in JSON has more than 5,000 characters. It is one string with many names, and each
 * of its characters is looked at several times.
 */
export function requireShortMask(field: string, mask: string): void {
  if (mask.length > MAX_VALUES) throw tooMany('INVALID_REQUEST', field, `${mask.length} characters`, MAX_VALUES)
}

function countProto(schema: DescMessage, bytes: Uint8Array): number {
  try {
    return countProtoValues(schema, bytes, { values: MAX_VALUES, depth: MAX_DEPTH })
  } catch (cause) {
    const message = `the request is not valid protobuf (${(cause as Error).message}); send the message of this method.`
    throw new RegistryError({ reason: 'INVALID_REQUEST', message, cause })
  }
}

function requireFew(count: number): void {
  if (count <= MAX_VALUES) return
  // The count has ended there.
  const message = `the request has more than ${MAX_VALUES} values; send at most ${MAX_VALUES} values.`
  throw new RegistryError({ reason: 'REQUEST_TOO_LARGE', message })
}
