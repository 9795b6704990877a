import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'
import type { Case } from './cases.ts'
import type { AllowedDifference } from './difference.ts'
import type { Parts } from './read-answer.ts'
import { refusals, toDifference } from './refusals.ts'

const GRPC = 'https://github.com/grpc/grpc/blob/master/doc'

/** Every difference between Waypost and the reference that is right. A test fails if one of them does not occur. */
export const allowedDifferences: readonly AllowedDifference[] = [
  {
    name: 'an error before any message is a single frame of headers',
    clause: {
      of: `${GRPC}/PROTOCOL-HTTP2.md#responses`,
      says: 'Trailers-Only is permitted for calls that produce an immediate error',
    },
    covers: ({ part, ours }, { ours: all }) =>
      all.form === 'Trailers-Only' &&
      all['error code'] !== 'ok' &&
      (part === 'form' || (part === 'header grpc-encoding' && ours === undefined)),
  },
  {
    name: 'grpc-message has no more percent-encoding than it needs',
    clause: {
      of: `${GRPC}/PROTOCOL-HTTP2.md#responses`,
      says: 'Percent-Byte-Unencoded → 1*( %x20-%x24 / %x26-%x7E ) ; space and VCHAR, except %',
    },
    covers: ({ part, ours }) => part === 'raw message' && /^(?:[\x20-\x24\x26-\x7e]|%[0-9A-F]{2})*$/.test(ours ?? '%'),
  },
  {
    name: 'a call of an unknown method gets an error of its protocol',
    clause: {
      of: `${GRPC}/statuscodes.md`,
      says: 'Method not found at server: UNIMPLEMENTED',
    },
    covers: (_difference, { ours, theirs }) =>
      isNotFound(theirs) &&
      ours['error code'] === 'unimplemented' &&
      ours.status === (ours.form === undefined ? '404' : '200') &&
      /^no method has the path /.test(ours['error message'] ?? ''),
  },
  {
    name: 'a path that is neither that of an RPC nor of a route gets an error of REST',
    clause: { of: 'docs/rest.md', says: 'The body of an error is a JSON object.' },
    covers: (_difference, { ours, theirs }) =>
      isNotFound(theirs) && ours.status === '404' && ours['error code'] === undefined,
  },
  {
    name: 'an error about an unknown compression lists the known ones over gRPC',
    clause: {
      of: `${GRPC}/compression.md`,
      says: 'The server will then include in its response a `grpc-accept-encoding` header specifying the algorithms it does accept.',
    },
    covers: ({ part, ours, theirs }, { ours: all }) =>
      part === 'trailer grpc-accept-encoding' &&
      ours === 'gzip' &&
      theirs === undefined &&
      all['error code'] === 'unimplemented',
  },
  {
    name: 'an error about an unknown compression lists the known ones over Connect',
    clause: {
      of: 'https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3',
      says: 'When the Accept-Encoding header field is present in a response, it indicates what content codings the resource was willing to accept in the associated request.',
    },
    covers: ({ part, ours, theirs }, { ours: all }) =>
      part === 'header accept-encoding' &&
      ours === 'gzip' &&
      theirs === undefined &&
      all['error code'] === 'unimplemented',
  },
  {
    name: 'an answer with the status 405 lists the allowed HTTP methods',
    clause: {
      of: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6',
      says: 'The origin server MUST generate an Allow header field in a 405 response',
    },
    covers: ({ part, ours = '', theirs }, { request, ours: all }) =>
      part === 'header allow' &&
      theirs === undefined &&
      all.status === '405' &&
      ours === (isReadOnly(request) ? 'GET, POST' : 'POST'),
  },
  {
    name: 'an answer with the status 415 lists the known content types',
    clause: {
      of: 'https://www.w3.org/TR/ldp/#header-accept-post',
      says: 'This specification introduces a new HTTP response header Accept-Post used to specify the document formats accepted by the server',
    },
    covers: ({ part, ours, theirs }, { ours: all }) =>
      part === 'header accept-post' && theirs === undefined && all.status === '415' && ours === CONTENT_TYPES,
  },
  ...refusals.map(toDifference),
]

const CONTENT_TYPES = [
  ...['application/grpc', 'application/grpc+proto', 'application/grpc+json'],
  ...['application/grpc-web', 'application/grpc-web+proto', 'application/grpc-web+json'],
  ...['application/proto', 'application/json'],
].join(', ')

function isReadOnly({ method }: Case): boolean {
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
}

function isNotFound({ status, messages }: Parts): boolean {
  return status === '404' && messages === ''
}
