import { type DescField, type DescMessage, getOption, ScalarType } from '@bufbuild/protobuf'
import { FieldBehavior, field_behavior } from '../../gen/google/api/field_behavior_pb.ts'
import { keywordsOf } from './grammars.ts'
import { fieldWords, messageWords } from './words.ts'

/** A JSON Schema, or another object of an OpenAPI document. */
export type JsonObject = Readonly<Record<string, unknown>>

const INT32 = { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }
const UINT32 = { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 }

// The types of the API that are the same in JSON. (JSON has 64-bit numbers and bytes as text.)
const scalars: Partial<Record<ScalarType, JsonObject>> = {
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.INT32]: INT32,
  [ScalarType.UINT32]: UINT32,
  // JSON has no 64-bit numbers, so protobuf writes them as text. It reads both.
  [ScalarType.INT64]: { type: 'string', pattern: '^-?[0-9]{1,19}$' },
}

/** Messages that have a special form in JSON. */
const wellKnown: Readonly<Record<string, JsonObject>> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  // Names, separated by commas.
  'google.protobuf.FieldMask': { type: 'string', pattern: '^[A-Za-z0-9_.,*]*$' },
}

/** The fields without presence that are never empty. Every answer has them. */
const alwaysAnswered: ReadonlySet<string> = new Set([
  'Revision.namespace',
  'Revision.name',
  'Revision.revision_tag',
  'Endpoint.protocol',
  'Endpoint.uri',
  'Explanation.rule',
  'Explanation.description',
  'Rejection.revision_tag',
  'Rejection.reason',
  'Service.namespace',
  'Service.name',
  'Service.etag',
  'Alias.alias',
  'Alias.etag',
  'ListAliasesResponse.service_etag',
  'YankResponse.revision',
  'TestPolicyResponse.policy',
  'Rollout.candidates',
  'Rollout.salt',
  'Rollout.algorithm',
  'Rollout.start_time',
  'Rollout.update_time',
  'Candidate.revision_tag',
  'SetRolloutResponse.rollout',
  'SetRolloutResponse.effect',
  'SetRolloutResponse.service_etag',
  'GetRolloutResponse.rollout',
  'GetRolloutResponse.service_etag',
  'GetRolloutResponse.generation',
  'EndRolloutResponse.service',
  'EndRolloutResponse.effect',
  'RevertResponse.service',
  'RevertResponse.effect',
  'RevertResponse.generation',
  'Change.generation',
  'Change.time',
  'Change.event',
  'Difference.field',
  'AliasMove.alias',
  'Explanation.generation',
  'ListAliasesResponse.generation',
  'ListRevisionsResponse.generation',
])

/** The schemas of a message in answers and of the messages in it, by the names that `schemaRef` refers to. */
export function answerSchemas(message: DescMessage): Record<string, JsonObject> {
  const parts = message.fields.map(messageOf).filter((part) => part !== undefined && !(part.typeName in wellKnown))
  return Object.assign({ [message.name]: answerSchema(message) }, ...(parts as DescMessage[]).map(answerSchemas))
}

/** Refers to a schema of the document's components. */
export function schemaRef({ name }: Pick<DescMessage, 'name'>): JsonObject {
  return { $ref: `#/components/schemas/${name}` }
}

/** The schema of the body of a request with these fields. */
export function bodySchema(fields: readonly DescField[]): JsonObject {
  return { ...objectSchema(fields, bodyValue, isRequired), additionalProperties: false }
}

/** The schema of a field in a path or in a query. Throws if it has parts. */
export function parameterSchema(field: DescField): JsonObject {
  if (field.fieldKind === 'list' || field.fieldKind === 'map') throw unsupported(field)
  const schema = valueSchema(field)
  return isEmptyAllowed(field) ? { anyOf: [schema, { const: '' }] } : schema
}

/** Whether a request must have the field. */
export function isRequired(field: DescField): boolean {
  return getOption(field, field_behavior).includes(FieldBehavior.REQUIRED)
}

// The keys have the names of the proto, in requests and in answers.
function objectSchema(
  fields: readonly DescField[],
  toValue: (field: DescField) => JsonObject,
  isThere: (field: DescField) => boolean,
): JsonObject {
  const required = fields.filter(isThere).map(({ name }) => name)
  const properties = fields.map((field) => [field.name, describe(field, toValue(field))])
  return { type: 'object', ...(required.length > 0 && { required }), properties: Object.fromEntries(properties) }
}

function answerSchema(message: DescMessage): JsonObject {
  const schema = objectSchema(message.fields, (field) => withParts(field, answerPart), isAlwaysAnswered)
  return { description: messageWords(message), ...schema }
}

// The registry sets each `optional` field of an answer, except those of a difference, which tell an empty value from none.
// Protobuf leaves out any other field that is empty.
function isAlwaysAnswered({ proto, parent, name }: DescField): boolean {
  return (proto.proto3Optional && parent.name !== 'Difference') || alwaysAnswered.has(`${parent.name}.${name}`)
}

function isOutputOnly(field: DescField): boolean {
  return getOption(field, field_behavior).includes(FieldBehavior.OUTPUT_ONLY)
}

// Protobuf cannot distinguish an empty text from an absent one in a field without presence.
function isEmptyAllowed(field: DescField): boolean {
  return !isRequired(field) && field.scalar === ScalarType.STRING && !field.proto.proto3Optional
}

function answerPart(field: DescField): JsonObject {
  const message = messageOf(field)
  return message === undefined || message.typeName in wellKnown ? valueSchema(field) : schemaRef(message)
}

// A key with null counts as absent.
function bodyValue(field: DescField): JsonObject {
  const schema = field.fieldKind === 'list' || field.fieldKind === 'map' ? withParts(field, bodyPart) : bodyPart(field)
  const allowed = isEmptyAllowed(field) && field.fieldKind === 'scalar' ? { anyOf: [schema, { const: '' }] } : schema
  if (isRequired(field)) return allowed
  return 'type' in allowed && !('enum' in allowed)
    ? { ...allowed, type: [allowed.type, 'null'] }
    : { anyOf: [...('anyOf' in allowed ? (allowed.anyOf as JsonObject[]) : [allowed]), { type: 'null' }] }
}

function bodyPart(field: DescField): JsonObject {
  const message = messageOf(field)
  if (field.scalar === ScalarType.INT64) return { anyOf: [valueSchema(field), { type: 'integer' }] }
  // In JSON, protobuf accepts the number of a value as well as its name.
  if (field.enum) return { enum: field.enum.values.flatMap(({ name, number }) => [name, number]) }
  if (message === undefined || message.typeName in wellKnown) return valueSchema(field)
  // The registry ignores the other fields, so an answer can be sent back with a few changes.
  return bodySchema(message.fields.filter((part) => !isOutputOnly(part)))
}

function withParts(field: DescField, toPart: (field: DescField) => JsonObject): JsonObject {
  const keywords = keywordsOf(field)
  if (field.fieldKind === 'list') return { type: 'array', items: toPart(field), ...keywords }
  return field.fieldKind === 'map'
    ? { type: 'object', additionalProperties: { type: 'string' }, ...keywords }
    : toPart(field)
}

/** The schema of one value. Throws if it is a message with parts. */
function valueSchema(field: DescField): JsonObject {
  const message = messageOf(field)
  if (message !== undefined) return found(wellKnown[message.typeName], field)
  // The first value means that the field is not given.
  if (field.enum) return { type: 'string', enum: field.enum.values.slice(1).map(({ name }) => name) }
  const schema = found(field.scalar === undefined ? undefined : scalars[field.scalar], field)
  return field.fieldKind === 'scalar' ? { ...schema, ...keywordsOf(field) } : schema
}

function messageOf(field: DescField): DescMessage | undefined {
  return field.fieldKind === 'message' || field.fieldKind === 'list' ? field.message : undefined
}

function found(schema: JsonObject | undefined, field: DescField): JsonObject {
  if (schema === undefined) throw unsupported(field)
  return schema
}

function unsupported(field: DescField): Error {
  return new Error(`${field.toString()} has a type that tools/openapi/schema.ts cannot describe; add the type there.`)
}

function describe(field: DescField, schema: JsonObject): JsonObject {
  return { description: fieldWords(field), ...schema, ...(isOutputOnly(field) && { readOnly: true }) }
}
