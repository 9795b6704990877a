import type { DescMessage, JsonReadOptions, MessageShape } from '@bufbuild/protobuf'
import { fromJsonString } from '@bufbuild/protobuf'
import { RegistryError } from '../domain/errors.ts'

/** One way to read JSON for Connect and for REST, so that both refuse the same input with the same words. */
export const jsonReadOptions: Partial<JsonReadOptions> = { ignoreUnknownFields: true }

/** Refuses what is not UTF-8, where a decoder by default would put replacement characters. */
export const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** Decodes a message from JSON, or throws `INVALID_REQUEST`. */
export function decodeJson<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromJsonString(schema, strictUtf8.decode(bytes), jsonReadOptions)
  } catch (error) {
    throw invalidRequest(error)
  }
}

/** The error for a request that does not fit its message. The decoder's own words name the field and what it expects. */
export function invalidRequest(error: unknown): RegistryError {
  const message = error instanceof Error ? error.message : String(error)
  return new RegistryError({ code: 'invalid_argument', reason: 'INVALID_REQUEST', message, cause: error })
}
