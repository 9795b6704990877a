import { create, toJsonString } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  GetResponseSchema,
  ListAliasesResponseSchema,
  ListNamespacesResponseSchema,
  ListRevisionsResponseSchema,
} from '../../../gen/waypost/v1/service_registry_pb.ts'
import { encodeList, listOf } from '../../../src/server/rest/rest-list.ts'

const revisions = Array.from({ length: 3 }, (_, index) => ({ revisionTag: `1.${index}.0`, isDefault: index === 0 }))

test.for([
  ['an empty list', ListRevisionsResponseSchema, {}],
  ['a token alone', ListRevisionsResponseSchema, { nextPageToken: 't"' }],
  ['one item', ListRevisionsResponseSchema, { revisions: revisions.slice(0, 1) }],
  ['several items', ListRevisionsResponseSchema, { revisions }],
  ['several items and a token', ListRevisionsResponseSchema, { revisions, nextPageToken: 't' }],
  ['items and another field', ListAliasesResponseSchema, { aliases: [{ alias: 'ä' }], serviceEtag: 'e' }],
] as const)('the JSON of a list with %s is that of the library', async ([, schema, init]) => {
  const message = create(schema as typeof ListRevisionsResponseSchema, init as object)
  const list = listOf(schema)
  expect(list).toBeDefined()
  const json = list && (await encodeList(schema, message, list))
  expect(json?.toString()).toBe(toJsonString(schema, message, { useProtoFieldName: true }))
})

test('a response with a message, or with a list of texts, is no list of messages', () => {
  expect(listOf(GetResponseSchema)).toBeUndefined()
  expect(listOf(ListNamespacesResponseSchema)).toBeUndefined()
})
