import type { DescMethod } from '@bufbuild/protobuf'
import { type KnownReason, reasons } from '../../src/domain/reasons.ts'
import { listedReasons } from './words.ts'

/** Reasons that several methods share, with a test for these methods. */
export interface ReasonGroup {
  /** The methods, as the section "Errors" of the service's comment calls them. */
  readonly methods: string
  readonly has: (method: DescMethod) => boolean
  readonly reasons: readonly KnownReason[]
}

/** Each group of the section "Errors" of the service's comment. */
export const reasonGroups: readonly ReasonGroup[] = [
  {
    methods: 'Every method',
    has: () => true,
    reasons: [
      ...(['INVALID_REQUEST', 'HOST_NOT_ALLOWED', 'INTERNAL'] as const),
      ...(['TOKEN_INVALID', 'ISSUER_UNREACHABLE', 'RATE_LIMITED'] as const),
    ],
  },
  {
    methods: 'Every method except WhoAmI',
    has: ({ name }) => name !== 'WhoAmI',
    reasons: ['STORE_UNAVAILABLE', 'DAMAGED_STORE', 'TOKEN_MISSING', 'PERMISSION_DENIED'],
  },
  {
    methods: 'Every method except ListNamespaces and WhoAmI',
    has: ({ name }) => name !== 'ListNamespaces' && name !== 'WhoAmI',
    reasons: ['DAMAGED_ENTRY', 'NEWER_ENTRY'],
  },
  {
    methods: 'A method whose request has a namespace and a name',
    has: (method) => hasField(method, 'namespace') && hasField(method, 'name'),
    reasons: ['INVALID_NAMESPACE', 'INVALID_NAME'],
  },
  {
    methods: 'A method whose request has a revision tag',
    has: (method) => hasField(method, 'revision_tag'),
    reasons: ['INVALID_REVISION_TAG'],
  },
  {
    methods: 'A method whose request has `at_time` and `at_generation`',
    has: (method) => hasField(method, 'at_time') && hasField(method, 'at_generation'),
    reasons: ['INVALID_AT_TIME', 'INVALID_AT_GENERATION', 'STATE_NOT_FOUND', 'CONFLICTING_SELECTORS'],
  },
  {
    methods: 'A method that changes something',
    has: isChange,
    reasons: [
      ...(['ORIGIN_NOT_ALLOWED', 'INVALID_REQUEST_ID', 'REQUEST_ID_REUSED'] as const),
      ...(['TOO_MANY_CONFLICTS', 'TOO_MANY_CHANGES', 'CLOCK_SKEW'] as const),
    ],
  },
  {
    methods: 'A change with an etag',
    has: (method) => isChange(method) && hasField(method, 'etag'),
    reasons: ['ETAG_MISMATCH'],
  },
  {
    methods: 'A call that takes too long',
    has: () => true,
    reasons: ['DEADLINE_EXCEEDED', 'CANCELED'],
  },
]

/** Every reason with which a method can fail on every protocol: its own, from its comment, and those of its groups. */
export function reasonsOf(method: DescMethod): KnownReason[] {
  const shared = reasonGroups.filter(({ has }) => has(method)).flatMap(({ reasons }) => reasons)
  return [...new Set([...listedReasons(method).map(known), ...shared])]
}

/** Whether the method changes something in the registry. Every change may have the id of its request. */
function isChange(method: DescMethod): boolean {
  return hasField(method, 'request_id')
}

function hasField({ input }: DescMethod, name: string): boolean {
  return input.fields.some((field) => field.name === name)
}

function known(reason: string): KnownReason {
  if (!Object.hasOwn(reasons, reason)) throw new Error(`src/domain/reasons.ts has no reason ${reason}`)
  return reason as KnownReason
}
