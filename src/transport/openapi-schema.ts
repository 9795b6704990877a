import { type DescField, type DescMessage, getOption, ScalarType } from '@bufbuild/protobuf'
import { FieldBehavior, field_behavior } from '../../gen/google/api/field_behavior_pb.ts'
import type { Grammar } from '../domain/grammar.ts'
import { revisionTagGrammar } from '../domain/revision-tag.ts'
import { serviceNameGrammar } from '../domain/sruid.ts'
import { fieldText } from './openapi-texts.ts'

/** A JSON Schema, or another object of an OpenAPI document. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The grammar of a field, wherever it has that name in the API. */
const grammars: Readonly<Record<string, Grammar>> = {
  namespace: serviceNameGrammar,
  name: serviceNameGrammar,
  revision_tag: revisionTagGrammar,
}

const INT32 = { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }
const UINT32 = { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 }

// Of the mapping of protobuf to JSON, what is one type in both directions. 64 bits and bytes are text there.
const scalars: Partial<Record<ScalarType, JsonObject>> = {
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.INT32]: INT32,
  [ScalarType.UINT32]: UINT32,
}

/** The schemas of a message in answers and of the messages in it, by the names that `schemaRef` refers to. */
export function answerSchemas(message: DescMessage): Record<string, JsonObject> {
  const parts = message.fields.map((field) => field.message).filter((part) => part !== undefined)
  return Object.assign({ [message.name]: answerSchema(message) }, ...parts.map(answerSchemas))
}

/** Refers to a schema of the document's components. */
export function schemaRef({ name }: Pick<DescMessage, 'name'>): JsonObject {
  return { $ref: `#/components/schemas/${name}` }
}

/** The schema of the body of a request with these fields. Throws for a field with parts. */
export function bodySchema(fields: readonly DescField[]): JsonObject {
  return objectSchema(fields, bodyValue, isRequired)
}

/** The schema of a field in a path or in a query. Throws for one with parts. */
export function parameterSchema(field: DescField): JsonObject {
  if (field.fieldKind !== 'scalar') throw unsupported(field)
  const schema = scalarSchema(field)
  return isEmptyAllowed(field) ? { anyOf: [schema, { const: '' }] } : schema
}

/** Whether a request must have the field. */
export function isRequired(field: DescField): boolean {
  return getOption(field, field_behavior).includes(FieldBehavior.REQUIRED)
}

// Keys are those of the proto, as both directions of REST have them.
function objectSchema(
  fields: readonly DescField[],
  toValue: (field: DescField) => JsonObject,
  isThere: (field: DescField) => boolean,
): JsonObject {
  const required = fields.filter(isThere).map(({ name }) => name)
  const properties = fields.map((field) => [field.name, describe(field, toValue(field))])
  return { type: 'object', ...(required.length > 0 && { required }), properties: Object.fromEntries(properties) }
}

function answerSchema({ fields }: DescMessage): JsonObject {
  return objectSchema(fields, answerValue, isAlwaysAnswered)
}

// A field of a grammar is never empty, and of those without presence protobuf leaves out only the empty ones.
function isAlwaysAnswered(field: DescField): boolean {
  return field.name in grammars || isOutputOnly(field)
}

function isOutputOnly(field: DescField): boolean {
  return getOption(field, field_behavior).includes(FieldBehavior.OUTPUT_ONLY)
}

// Without presence, protobuf can't tell the empty text from an absent one.
function isEmptyAllowed(field: DescField): boolean {
  return !isRequired(field) && field.scalar === ScalarType.STRING && !field.proto.proto3Optional
}

function answerValue(field: DescField): JsonObject {
  const value = field.message === undefined ? scalarSchema(field) : schemaRef(field.message)
  if (field.fieldKind === 'list') return { type: 'array', items: value }
  return field.fieldKind === 'map' ? { type: 'object', additionalProperties: value } : value
}

// Null is as if the key were absent.
function bodyValue(field: DescField): JsonObject {
  const schema = parameterSchema(field)
  if (isRequired(field)) return schema
  return 'type' in schema ? { ...schema, type: [schema.type, 'null'] } : { anyOf: [schema, { type: 'null' }] }
}

function scalarSchema(field: DescField): JsonObject {
  const schema = field.scalar === undefined ? undefined : scalars[field.scalar]
  if (schema === undefined) throw unsupported(field)
  const grammar = grammars[field.name]
  return grammar === undefined ? schema : { ...schema, ...grammarSchema(grammar) }
}

function unsupported(field: DescField): Error {
  return new Error(`${field.toString()} has a type that src/transport/openapi-schema.ts can't describe`)
}

function grammarSchema({ pattern, maxLength }: Grammar): JsonObject {
  return { pattern: pattern.source, maxLength }
}

function describe(field: DescField, schema: JsonObject): JsonObject {
  return { description: fieldText(field), ...schema, ...(isOutputOnly(field) && { readOnly: true }) }
}
