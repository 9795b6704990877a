import { base64Decode } from '@bufbuild/protobuf/wire'
import { RegistryError } from '../../../domain/errors.ts'
import type { Wire } from './protocol.ts'
import { queryWires } from './wire.ts'

/** The query of a Connect GET: https://connectrpc.com/docs/protocol#unary-get-request */
export interface GetQuery {
  /** Undefined: the query names an unknown form, or none. */
  readonly wire: Wire | undefined
  readonly compression: string | undefined
  /** The text of the message. */
  readonly message: string
  readonly isBase64: boolean
}

/** Takes the query of a Connect GET apart. */
export function readQuery(query: string): GetQuery {
  const parameters = new URLSearchParams(query)
  return {
    wire: queryWires.get(parameters.get('encoding')),
    compression: parameters.get('compression') ?? undefined,
    message: parameters.get('message') ?? '',
    isBase64: parameters.get('base64') === '1',
  }
}

/** The bytes of the message in a query, which may be compressed. Throws `INVALID_REQUEST` if they are not valid base64. */
export function bytesOf({ message: text, isBase64 }: GetQuery): Uint8Array {
  if (!isBase64) return Buffer.from(text)
  try {
    return base64Decode(text)
  } catch (cause) {
    const message = 'the parameter message is not valid base64; encode it, or leave out the parameter base64.'
    throw new RegistryError({ reason: 'INVALID_REQUEST', message, cause })
  }
}
