import { create, toBinary, toJsonString } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Revision_View } from '../../../gen/waypost/v1/revision_pb.ts'
import { ListRevisionsResponseSchema, ListServicesResponseSchema } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { bytesOfRevision, PAGE_BYTES } from '../../../src/domain/entries/page-budget.ts'
import { active, type Lifecycle } from '../../../src/domain/lifecycle.ts'
import { noInfo, type RevisionInfo } from '../../../src/domain/revision-info.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { parseServiceReference } from '../../../src/domain/sruid.ts'
import type { RevisionView } from '../../../src/registry/core/views.ts'
import { fromRevision } from '../../../src/server/call/encode/revision.ts'
import { fromService } from '../../../src/server/call/encode/service.ts'
import { kebabCase, revisionTag } from '../../support/arbitraries.ts'
import { largestEntry } from '../../support/largest-entry.ts'

/** The bytes of a list with one revision and all its fields, in the largest encoding. */
function bytesOfList(revision: RevisionView): number {
  const list = create(ListRevisionsResponseSchema, {
    revisions: [fromRevision(revision, { view: Revision_View.FULL })],
  })
  return Math.max(
    toBinary(ListRevisionsResponseSchema, list).length,
    Buffer.byteLength(toJsonString(ListRevisionsResponseSchema, list)),
    Buffer.byteLength(toJsonString(ListRevisionsResponseSchema, list, { useProtoFieldName: true })),
  )
}

const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\ud800', '€'), maxLength }),
  )
const pairs = fc.array(fc.tuple(text(200), text(200)), { maxLength: 8 })
const info: fc.Arbitrary<RevisionInfo> = fc.record({
  labels: pairs,
  endpoints: fc.array(fc.record({ protocol: text(8), uri: text(300), metadata: pairs }), { maxLength: 4 }),
  description: text(300),
  source: fc.record({ repository: text(20), commit: text(20), imageDigest: text(20) }),
  documentationUri: text(20),
})
const lifecycle: fc.Arbitrary<Lifecycle> = fc.record({
  yank: fc.option(fc.record({ reason: text(50) })),
  deprecation: fc.option(
    fc.record({ message: text(50), replacement: fc.option(revisionTag as fc.Arbitrary<RevisionTag>) }),
  ),
  isDeleted: fc.constant(false),
})

const rest = {
  requestedDefault: null,
  ordinal: 1,
  infoPlace: { generation: 1, changed: {} },
  writtenBy: 'api',
} as const
const id = crypto.randomUUID()
const ofService = { serviceEtag: id, generation: Number.MAX_SAFE_INTEGER, serviceHash: 'x'.repeat(43) }

test('the measure of a revision is at least its size in an answer of any protocol', () => {
  const revision = fc.record({
    service: fc.tuple(kebabCase, kebabCase).map((names) => parseServiceReference(names.join('/')).service),
    revisionTag: revisionTag as fc.Arbitrary<RevisionTag>,
    ...{ info, lifecycle, registeredBy: text(50), registeredAt: fc.integer({ min: 0, max: 253_402_300_799_999 }) },
  })
  fc.assert(
    fc.property(revision, ({ service, ...each }) => {
      const view: RevisionView = { ...service, ...each, ...rest, etag: id, ...ofService, isDefault: false }
      expect(bytesOfList(view)).toBeLessThanOrEqual(bytesOfRevision(view))
    }),
  )
})

test('the measure of the largest revision is at least its size in an answer, and at most a tenth more', () => {
  const revision = { ...largestEntry().revision, isDefault: false, ...ofService }
  const bytes = bytesOfList(revision)
  expect(bytesOfRevision(revision)).toBeGreaterThanOrEqual(bytes)
  expect(bytesOfRevision(revision)).toBeLessThan(1.1 * bytes)
})

test('a page has room for 1,000 revisions without information, and for 1,000 of the largest services', () => {
  const { head, service, revision } = largestEntry()
  const bytes = bytesOfRevision({ ...revision, info: noInfo, lifecycle: active, registeredBy: 'a'.repeat(100) })
  expect(1_000 * bytes).toBeLessThan(PAGE_BYTES)
  const services = Array(1_000).fill(fromService({ service, head }))
  const list = create(ListServicesResponseSchema, { services })
  expect(Buffer.byteLength(toJsonString(ListServicesResponseSchema, list))).toBeLessThan(1_000 * 1_024)
})
