import { hash } from 'node:crypto'
import { type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf'
import { canonicalJson } from '../../../domain/canonical-json.ts'
import type { RequestMark } from '../../../domain/log.ts'
import { parseRequestId } from '../../../domain/mutation.ts'
import type { RequestIdentity } from '../../../registry/core/change.ts'

// A fingerprint of version 2 begins with this text. A fingerprint of version 1 is only the hash.
const VERSION_2 = '2:'

/** The fields that every request for a change has, and that are not a part of its content. */
type ChangeFields = { readonly requestId: string; readonly validateOnly: boolean }

/** The input for a fingerprint of version 1: the content, in the form of version 0.1.0 of the server. */
export interface ContentV1 {
  /** The name of the request's message in version 0.1.0, if it has another one now. */
  readonly typeName?: string
  readonly content: object
}

/**
 * The identity of a request for a change; null if its caller gave it no id. New entries still have fingerprints of
 * version 1, because older servers over the same store can compare only those. Both versions can be compared.
 */
export function identifyRequest<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc> & ChangeFields,
  { typeName = schema.typeName, content }: ContentV1,
): RequestIdentity | null {
  if (message.requestId === '') return null
  const fingerprint = sha256(JSON.stringify([typeName, { ...content, ...moreV1(content) }]))
  return {
    mark: { id: parseRequestId(message.requestId), fingerprint },
    isSameAs: (earlier) => earlier.fingerprint === (isVersion2(earlier) ? fingerprintV2(schema, message) : fingerprint),
  }
}

/**
 * The fingerprint of version 2: SHA-256 over the canonical JSON (RFC 8785) of the request. The JSON includes the name
 * of the message. It leaves out the request's id, `validate_only` and unknown fields.
 */
export function fingerprintV2<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc> & ChangeFields,
): string {
  const { requestId: _, validateOnly: __, ...content } = toJson(schema, message) as Readonly<Record<string, unknown>>
  return VERSION_2 + sha256(canonicalJson({ '@type': schema.typeName, ...content }))
}

function isVersion2({ fingerprint }: RequestMark): boolean {
  return fingerprint.startsWith(VERSION_2)
}

// Version 0.1.0 appended the tag to the content of SetDefault, and an empty text to every other content.
function moreV1(content: object): object {
  return 'more' in content ? {} : { more: '' }
}

function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}
