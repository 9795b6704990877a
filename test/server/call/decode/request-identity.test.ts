import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  ClearDefaultRequestSchema,
  DeleteAliasRequestSchema,
  DeleteRevisionRequestSchema,
  DeprecateRequestSchema,
  RegisterRequestSchema,
  SetAliasRequestSchema,
  SetDefaultRequestSchema,
  UndeprecateRequestSchema,
  UnyankRequestSchema,
  UpdateRevisionRequestSchema,
  YankRequestSchema,
} from '../../../../gen/waypost/v1/service_registry_pb.ts'
import type { ChangeCommand } from '../../../../src/registry/core/change.ts'
import { fingerprintV2 } from '../../../../src/server/call/decode/request-identity.ts'
import { registryMethods } from '../../../../src/server/call/methods/registry-methods.ts'

type Change = { [K in keyof typeof registryMethods]: (typeof registryMethods)[K] }[keyof typeof registryMethods]

const named = { namespace: 'my-org', name: 'my-service', requestId: 'r1' }
const tagged = { ...named, revisionTag: '1.2.9' }
const everything = {
  ...tagged,
  isDefault: false,
  labels: { b: '2', a: '1' },
  endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata: { z: '1', y: '2' } }],
  description: 'A text.',
  source: { repository: 'r', commit: 'c', imageDigest: 'sha256:0a' },
}

function identify<Desc extends DescMessage>(method: Change, schema: Desc, init: MessageInitShape<Desc>) {
  const { request } = (method.decode as (message: unknown) => ChangeCommand)(create(schema, init))
  if (request === null) throw new Error('the request has no id')
  return request
}

const { register, updateRevision, setDefault, clearDefault, setAlias, deleteAlias } = registryMethods
const { deprecate, undeprecate, yank, unyank, deleteRevision } = registryMethods
const follows = '^1 || >=2.0.0-beta.1 <2.0.0'

// Version 0.1.0 of the server printed these fingerprints for these requests. Entries that it wrote have them.
const written = [
  ['8sTmPnvkjJTv0Ay-y-xpOoYqkCt1BNnqBDH-watlxQ4', identify(register, RegisterRequestSchema, tagged)],
  ['-hkZwQOtSBCkyd6_4ayfgegO_V09H527h_OiAppAX3k', identify(register, RegisterRequestSchema, everything)],
  [
    'AzoGuftrM8-4EXkyjDNI30Az41-1FN6B6jvgvcxYYsM',
    identify(updateRevision, UpdateRevisionRequestSchema, {
      ...tagged,
      labels: { a: '1' },
      updateMask: { paths: ['labels', 'description'] },
      etag: 'e',
    }),
  ],
  [
    'cEZHPxbA1bUNi3Y6Dy77S-dw8ukyMAfIFjDmhgpJ0LQ',
    identify(setDefault, SetDefaultRequestSchema, { ...tagged, reason: 'why', etag: 'e' }),
  ],
  [
    'KpRfZStWIar4OoFfXK2LkOjMyKN8yP9NfZ6aNV3_iZE',
    identify(clearDefault, ClearDefaultRequestSchema, { ...named, reason: 'why' }),
  ],
  [
    '_swBUjE3qdM2Iog8SnAduQiQUGfqpnYWcfTAXp4g1-o',
    identify(setAlias, SetAliasRequestSchema, { ...tagged, alias: 'beta' }),
  ],
  [
    't1QF4fS741h0C3ou2-R5GPYIAYKgMVfBU6PK5mtsOKw',
    identify(setAlias, SetAliasRequestSchema, { ...named, alias: 'beta', follows, includePrerelease: true }),
  ],
  [
    'TZtywBIyBqrJ9Py5MxgoldixewRl0FW4yvmqxF_FvrY',
    identify(deleteAlias, DeleteAliasRequestSchema, { ...named, alias: 'beta', etag: 'e' }),
  ],
  [
    'fvYiTbs1D9W89v0dllyzbDg_Zmarcix70uQDAf4V3Bk',
    identify(deprecate, DeprecateRequestSchema, { ...tagged, message: 'm', replacement: '1.3.0' }),
  ],
  [
    'fb_onvQ-5NY-WpborUt2b0uqQ_apfi_2KVKt_LwPW0U',
    identify(yank, YankRequestSchema, { ...tagged, reason: 'why', ifDefault: 2 }),
  ],
  ['XTExTGemUW8nTGOTBz1BH4UTvcARmXtqviotFHRz0Hg', identify(unyank, UnyankRequestSchema, tagged)],
  [
    'iw534WvTU5hoMApIHHUfvCRHU-EbiY-9xvMY9DnTD_o',
    identify(deleteRevision, DeleteRevisionRequestSchema, { ...tagged, etag: 'e' }),
  ],
] as const

test.for(written)(
  'the fingerprint %s, which version 0.1.0 wrote, is computed again for the same request',
  ([fingerprint, { mark }]) => {
    expect(mark).toEqual({ id: 'r1', fingerprint })
  },
)

test('a fingerprint of version 1 is equal for equal requests only', () => {
  const first = identify(register, RegisterRequestSchema, tagged)
  expect(identify(register, RegisterRequestSchema, tagged).isSameAs(first.mark)).toBe(true)
  expect(identify(register, RegisterRequestSchema, everything).isSameAs(first.mark)).toBe(false)
})

test('a field that version 0.1.0 did not know changes the fingerprint if it is given', () => {
  const first = identify(register, RegisterRequestSchema, tagged)
  const documented = { ...tagged, documentationUri: 'https://docs.example.com' }
  expect(identify(register, RegisterRequestSchema, documented).isSameAs(first.mark)).toBe(false)
  const update = identify(updateRevision, UpdateRevisionRequestSchema, { ...tagged, description: 'a' })
  const merging = { ...tagged, description: 'a', setLabels: { tier: 'web' } }
  expect(identify(updateRevision, UpdateRevisionRequestSchema, merging).isSameAs(update.mark)).toBe(false)
})

test('an earlier request with a fingerprint of version 2 is recognised by its content', () => {
  const request = create(SetAliasRequestSchema, { ...named, alias: 'beta', follows })
  const earlier = { id: 'r1', fingerprint: fingerprintV2(SetAliasRequestSchema, request) }
  expect(earlier.fingerprint).toMatch(/^2:[\w-]{43}$/)
  const isSame = (init: MessageInitShape<typeof SetAliasRequestSchema>) =>
    identify(setAlias, SetAliasRequestSchema, { ...named, alias: 'beta', ...init }).isSameAs(earlier)
  expect(isSame({ follows })).toBe(true)
  expect(isSame({ follows, requestId: 'another' })).toBe(true)
  expect(isSame({ follows, validateOnly: true })).toBe(true)
  expect(isSame({ follows, includePrerelease: true })).toBe(false)
  expect(isSame({ follows: '^2' })).toBe(false)
})

test('two methods with the same fields have different fingerprints of version 2', () => {
  const fingerprints = [
    fingerprintV2(UnyankRequestSchema, create(UnyankRequestSchema, tagged)),
    fingerprintV2(UndeprecateRequestSchema, create(UndeprecateRequestSchema, tagged)),
  ]
  expect(new Set(fingerprints).size).toBe(2)
  const first = identify(undeprecate, UndeprecateRequestSchema, tagged)
  expect(identify(unyank, UnyankRequestSchema, tagged).isSameAs(first.mark)).toBe(false)
})

test('a request without an id has no identity', () => {
  const { request } = register.decode(create(RegisterRequestSchema, { ...tagged, requestId: '' }))
  expect(request).toBeNull()
})
