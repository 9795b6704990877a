import type { DescField, DescMethod } from '@bufbuild/protobuf'
import type { ErrorCode, ErrorReason } from '../domain/errors.ts'
import { limits } from './limits.ts'

// What the descriptors do not hold: words, examples, and which errors a method has. The protos' comments are not in
// the generated code. Each example here is sent to a real server by test/transport/openapi-examples.test.ts.

/** A call that succeeds. Keys as in the API. */
export interface CallExample {
  readonly summary: string
  /** Every field that is given, those of the path included. */
  readonly request: Readonly<Record<string, unknown>>
  readonly answer: Readonly<Record<string, unknown>>
}

/** A status of success: when it comes, and calls that are answered so, by a key that is unique in the method. */
export interface SuccessText {
  readonly description: string
  readonly examples: Readonly<Record<string, CallExample>>
}

/** The words for a method. */
export interface MethodText {
  readonly summary: string
  readonly description: string
  /** By status. */
  readonly successes: Readonly<Record<number, SuccessText>>
  /** The reasons that this method has beside those that every route has. */
  readonly errors: readonly ErrorReason[]
}

/** The words for an error. */
export interface ErrorText {
  /** With the reason, what decides the status. */
  readonly code: ErrorCode
  /** When it comes. */
  readonly description: string
  /** A message as a caller gets it. */
  readonly example: string
}

/** What the API as a whole is. */
export const apiText = {
  title: 'Waypost',
  description:
    'A service registry for services that are released as revisions. These are its REST routes; the same calls are ' +
    'served over Connect, gRPC and gRPC-Web. An error has a body of `{"error": "…"}` with a message for people. Keys ' +
    'of a body and parameters of a query that are not listed are ignored; those that are may be in lowerCamelCase, too.',
}

const firstRevision = { namespace: 'my-org', name: 'my-service', revision_tag: '1.2.9' }
const beta = { namespace: 'my-org', name: 'my-service', revision_tag: '2.0.0-beta.1' }

/** By the method's name. */
export const methodTexts: Readonly<Record<string, MethodText>> = {
  Register: {
    summary: 'Register a revision',
    description:
      'Registers a revision of a service. The service comes into being with its first revision. The call may be ' +
      'repeated: with the same content it changes nothing. Content is the whole body: one without `is_default` differs ' +
      'from one with it.',
    successes: {
      201: {
        description: 'The revision was registered.',
        examples: {
          first: {
            summary: 'The server decides whether the revision becomes the default.',
            request: firstRevision,
            answer: { ...firstRevision, is_default: true },
          },
          heldBack: {
            summary: 'A revision that does not become the default.',
            request: { ...beta, is_default: false },
            answer: { ...beta, is_default: false },
          },
        },
      },
      200: {
        description: 'The revision was registered before, with the same content, and nothing changed.',
        examples: {
          replay: {
            summary: 'The same registration once more.',
            request: firstRevision,
            answer: { ...firstRevision, is_default: true },
          },
        },
      },
    },
    errors: [
      'INVALID_NAMESPACE',
      'INVALID_NAME',
      'MISSING_REVISION_TAG',
      'INVALID_REVISION_TAG',
      'REVISION_ALREADY_EXISTS',
      'TOO_MANY_CONFLICTS',
      'DEFAULT_POLICY_FAILED',
    ],
  },
  Get: {
    summary: 'Get a revision',
    description: 'Gets one revision of a service: the default revision, or the one that the query names.',
    successes: {
      200: {
        description: 'The revision.',
        examples: {
          default: {
            summary: 'The default revision of a service.',
            request: { namespace: 'my-org', name: 'my-service' },
            answer: { ...firstRevision, is_default: true },
          },
          byTag: {
            summary: 'One revision of a service, which is not the default.',
            request: beta,
            answer: { ...beta, is_default: false },
          },
        },
      },
    },
    errors: ['INVALID_NAMESPACE', 'INVALID_NAME', 'INVALID_REVISION_TAG', 'REVISION_NOT_FOUND'],
  },
}

/** By the field's name, or by that of its message and its own where it means something else there. */
export const fieldTexts: Readonly<Record<string, string>> = {
  namespace: 'The namespace of the service, such as `my-org`: lower kebab case.',
  name: 'The name of the service within its namespace, such as `my-service`: lower kebab case.',
  revision_tag:
    'The tag of the revision, such as `1.2.9`: what Docker allows as a tag. A `+` is not allowed, so a semantic version ' +
    'is registered without its build metadata.',
  'GetRequest.revision_tag': 'The tag of the revision to get. Absent or empty: the default revision.',
  'Revision.is_default': 'Whether the revision is the default of its service at the time of the answer.',
  'RegisterRequest.is_default':
    'Whether the revision becomes the default of its service. True: it does. False: it does not, and the default stays ' +
    "what it was. Absent or null: the server's default policy decides; as shipped, the latest semantic version is the default.",
}

/** Reasons that every route has. */
export const commonErrors: readonly ErrorReason[] = [
  'INVALID_REQUEST',
  'STORE_UNAVAILABLE',
  'DAMAGED_ENTRY',
  'INTERNAL',
]

/** Reasons that every route with a body has as well. */
export const bodyErrors: readonly ErrorReason[] = ['REQUEST_TOO_LARGE', 'REQUEST_TOO_SLOW', 'UNSUPPORTED_MEDIA_TYPE']

/** By reason. */
export const errorTexts: Partial<Record<ErrorReason, ErrorText>> = {
  INVALID_REQUEST: {
    code: 'invalid_argument',
    description: 'The JSON, the query or the percent-encoding is broken, or a value has another type.',
    example: 'namespace has broken percent-encoding in the path.',
  },
  INVALID_NAMESPACE: {
    code: 'invalid_argument',
    description: 'The namespace is not valid.',
    example:
      'namespace "My-Org" is not valid: it must be 1 to 128 characters of lower kebab case ' +
      "(a-z and 0-9 in groups joined by single '-').",
  },
  INVALID_NAME: {
    code: 'invalid_argument',
    description: 'The name is not valid.',
    example:
      'name "my_service" is not valid: it must be 1 to 128 characters of lower kebab case ' +
      "(a-z and 0-9 in groups joined by single '-').",
  },
  MISSING_REVISION_TAG: {
    code: 'invalid_argument',
    description: 'There is no revision tag.',
    example: 'A revision tag must be included when registering a new service revision.',
  },
  INVALID_REVISION_TAG: {
    code: 'invalid_argument',
    description: 'The revision tag is not valid.',
    example:
      `revision_tag "1.2.9+5" is not valid: it must be 1 to 128 letters, digits, '_', '.' or '-', and start with a ` +
      `letter, a digit or '_'. A '+' is not allowed: register the version without its build metadata.`,
  },
  REVISION_NOT_FOUND: {
    code: 'not_found',
    description: 'There is no such service, no such revision, or the service has no default revision.',
    example: 'Service revision not found.',
  },
  REVISION_ALREADY_EXISTS: {
    code: 'already_exists',
    description: 'The revision is registered with other content, and stays as it was.',
    example:
      'my-org/my-service:1.2.9 is already registered with other content: it was registered without is_default, this ' +
      'request is with is_default true.',
  },
  TOO_MANY_CONFLICTS: {
    code: 'aborted',
    description: 'Others kept writing to the service, and nothing was registered: try again.',
    example: 'my-org/my-service:1.2.9 was not registered: other writers kept changing the service; try again.',
  },
  REQUEST_TOO_SLOW: {
    code: 'deadline_exceeded',
    description: 'The body did not arrive in time.',
    example: `The request did not arrive within ${limits.requestMs} ms.`,
  },
  REQUEST_TOO_LARGE: {
    code: 'resource_exhausted',
    description: `The body has more than ${limits.bodyBytes} bytes, after decompression.`,
    example: `message size ${limits.bodyBytes + 1} is larger than configured readMaxBytes ${limits.bodyBytes}`,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    code: 'invalid_argument',
    description: 'The content-type is not application/json, or the content-encoding is neither gzip nor identity.',
    example: 'The content-type must be application/json, not "text/plain".',
  },
  DEFAULT_POLICY_FAILED: {
    code: 'internal',
    description: "The server's default policy failed, and nothing was registered.",
    example: 'The default policy "policy.ts" failed; nothing was registered.',
  },
  DAMAGED_ENTRY: {
    code: 'data_loss',
    description: 'What is stored can not be read.',
    example: 'The stored entry 1 of my-org/my-service is damaged.',
  },
  INTERNAL: {
    code: 'internal',
    description: "A defect of the server, whose cause is in the server's log only.",
    example: 'internal error',
  },
  STORE_UNAVAILABLE: {
    code: 'unavailable',
    description: 'The store can not be reached; the call may be sent again.',
    example: 'The registry cannot reach its store at the moment; try again later.',
  },
}

/** What the listener refuses before it is a whole request. */
export const unreadableTexts = [
  { key: 'HEAD_TOO_SLOW', status: 408, description: 'The head of the request did not arrive in time.' },
  { key: 'HEAD_TOO_LARGE', status: 431, description: `The headers have more than ${limits.headerBytes} bytes.` },
] as const

/** The words for a method. Throws where there are none. */
export function methodText({ name }: DescMethod): MethodText {
  return found(methodTexts[name], name)
}

/** The words for a method's success with this status. Throws where there are none. */
export function successText(method: DescMethod, status: number): SuccessText {
  return found(methodText(method).successes[status], `${method.name} answered with ${status}`)
}

/** The words for a field. Throws where there are none. */
export function fieldText({ parent, name }: DescField): string {
  return found(fieldTexts[`${parent.name}.${name}`] ?? fieldTexts[name], `${parent.name}.${name}`)
}

/** The words for a reason. Throws where there are none. */
export function errorText(reason: ErrorReason): ErrorText {
  return found(errorTexts[reason], reason)
}

function found<T>(text: T | undefined, what: string): T {
  if (text === undefined) throw new Error(`src/transport/openapi-texts.ts has no text for ${what}`)
  return text
}
