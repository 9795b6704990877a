import { create, type DescMessage, fromBinary, type MessageShape, toBinary, toJsonString } from '@bufbuild/protobuf'
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { FileDescriptorProtoSchema, ValueSchema } from '@bufbuild/protobuf/wkt'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RegisterRequestSchema, UpdateRevisionRequestSchema } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { MAX_VALUES, requireSmallJson, requireSmallProto } from '../../../src/server/call/bounds.ts'
import { measureJson } from '../../../src/server/call/json-size.ts'
import { countProtoValues } from '../../../src/server/call/proto-values.ts'

const DEPTH = 100
const utf8 = (text: string) => Buffer.from(text)
const countJson = (text: string) => measureJson(utf8(text), Number.POSITIVE_INFINITY).values
/** Counts all values, however many there are. */
const countAll = (schema: DescMessage, bytes: Uint8Array) =>
  countProtoValues(schema, bytes, { values: Number.POSITIVE_INFINITY, depth: DEPTH })

function countParsed(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return 1 + Object.values(value).reduce((sum: number, part) => sum + countParsed(part), 0)
}

/** Counts the values of a message with the reader of the RPC library, level by level. */
function countRead(schema: DescMessage | undefined, bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes)
  let count = 0
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    count++
    const field = schema?.fields.find((each) => each.number === number)
    if (wireType !== WireType.LengthDelimited) {
      const start = reader.pos
      reader.skip(wireType, number)
      if (wireType === WireType.StartGroup) count += countGroup(bytes.subarray(start, reader.pos))
      continue
    }
    const inner = reader.bytes()
    if (field?.fieldKind === 'map') count += countEntry(field.message, inner)
    else if (field?.message) count += countRead(field.message, inner)
    else if (field?.fieldKind === 'list' && field.scalar !== 9) count += countPacked(inner)
  }
  return count
}

/** Counts the list elements, map entries and unknown fields that the decoder makes. */
function countDecoded(schema: DescMessage, bytes: Uint8Array): number {
  try {
    return countMade(fromBinary<DescMessage>(schema, bytes))
  } catch {
    return 0
  }
}

function countMade(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 0
  const isMade = Array.isArray(value) || !('$typeName' in value || 'case' in value || 'no' in value)
  const parts = Object.values(value)
  return parts.reduce((sum: number, part) => sum + countMade(part), isMade ? parts.length : 0)
}

function countEntry(message: DescMessage | undefined, entry: Uint8Array): number {
  const reader = new BinaryReader(entry)
  let count = 0
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    count++
    if (number === 2 && message) count += countRead(message, reader.bytes())
    else reader.skip(wireType, number)
  }
  return count
}

// Its last field is the end of the group.
function countGroup(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes)
  let count = 0
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    if (wireType === WireType.EndGroup) continue
    count++
    if (wireType !== WireType.StartGroup) reader.skip(wireType, number)
  }
  return count
}

function countPacked(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes)
  let count = 0
  for (; reader.pos < reader.len; count++) reader.int64()
  return count
}

const message = <Desc extends DescMessage>(schema: Desc, init: object) =>
  toBinary(schema, create(schema, init as never) as MessageShape<Desc>)

describe('the values of JSON', () => {
  test('the count of values in JSON is that of its parsed values', () => {
    const space = fc.constantFrom('', ' ', '\n', '\t')
    fc.assert(
      fc.property(fc.jsonValue(), space, (value, gap) => {
        const text = JSON.stringify(value, null, gap)
        expect(countJson(text)).toBe(countParsed(JSON.parse(text)))
      }),
    )
  })

  test.for([
    ['{}', 1],
    ['[]', 1],
    ['""', 1],
    [' -1.5e+3 ', 1],
    ['[1,2,[3]]', 5],
    ['{"a":{"b":null},"c":"d"}', 4],
    ['["\\"],[\\\\",true]', 3],
    ['{"a\\"b:,":"\\u005b\\\\"}', 2],
    ['["ü[",  false\n,\t"}"]', 4],
    ['{"a":1,"a":2,"a":3}', 4],
  ] as const)('the JSON %s has %i values', ([text, values]) => {
    JSON.parse(text)
    expect(countJson(text)).toBe(values)
  })

  test('JSON with one value too many is refused, and the largest number of values is not', () => {
    const list = (values: number) =>
      utf8(
        `[${Array(values - 1)
          .fill('0')
          .join(',')}]`,
      )
    expect(() => requireSmallJson(list(MAX_VALUES))).not.toThrow()
    expect(() => requireSmallJson(list(MAX_VALUES + 1))).toThrow(
      'the request has more than 5000 values; send at most 5000 values.',
    )
  })
})

describe('the values of protobuf', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 5 })
  const record = fc.dictionary(texts, texts, { maxKeys: 5 })
  const endpoint = fc.record({ protocol: texts, uri: texts, metadata: record })
  const source = fc.record({ repository: texts, commit: texts })
  const paths = fc.record({ paths: fc.array(texts) })

  test('the count of values in protobuf is that of a reader which goes through the messages', () => {
    const unknown = fc.array(unknownField(), { maxLength: 5 })
    const register = fc.record({ namespace: texts, labels: record, endpoints: fc.array(endpoint), source })
    const update = fc.record({ setLabels: record, removeLabels: fc.array(texts), updateMask: paths })
    fc.assert(
      fc.property(register, update, unknown, (registration, change, more) => {
        for (const [schema, init] of [
          [RegisterRequestSchema, registration],
          [UpdateRevisionRequestSchema, change],
        ] as const) {
          const bytes = Buffer.concat([message(schema, init), ...more])
          fromBinary<DescMessage>(schema, bytes)
          expect(countAll(schema, bytes)).toBe(countRead(schema, bytes))
        }
      }),
    )
  })

  test('every element of a packed list is a value', () => {
    const packed = message(FileDescriptorProtoSchema, { publicDependency: [] })
    expect(countAll(FileDescriptorProtoSchema, packed)).toBe(0)
    const numbers = [0, 1, 300, 2 ** 31 - 1, -1]
    const writer = new BinaryWriter().tag(10, WireType.LengthDelimited).fork()
    for (const number of numbers) writer.int32(number)
    const bytes = writer.join().finish()
    expect(fromBinary(FileDescriptorProtoSchema, bytes).publicDependency).toEqual(numbers)
    expect(countAll(FileDescriptorProtoSchema, bytes)).toBe(6)
    expect(countRead(FileDescriptorProtoSchema, bytes)).toBe(6)
  })

  test('a message that is nested too deep is refused, as the decoder does', () => {
    // A value has a list as field 6, and a list has values as field 1.
    const nested = (levels: number) => {
      let bytes: Uint8Array = new Uint8Array()
      for (let level = levels - 1; level > 0; level--) {
        bytes = new BinaryWriter()
          .tag(level % 2 === 0 ? 1 : 6, WireType.LengthDelimited)
          .bytes(bytes)
          .finish()
      }
      return bytes
    }
    expect(() => fromBinary(ValueSchema, nested(DEPTH))).not.toThrow()
    expect(countAll(ValueSchema, nested(DEPTH))).toBe(DEPTH - 1)
    expect(() => fromBinary(ValueSchema, nested(DEPTH + 1))).toThrow()
    expect(() => requireSmallProto(ValueSchema, nested(DEPTH + 1))).toThrow('nested more than 100 levels deep')
  })

  test('bytes that are not refused have as many values for a reader that goes through them, and at most one per byte', () => {
    const bits = fc.constantFrom(0, 1, 2, 3, 4, 5, 0x08, 0x0a, 0x12, 0x2a, 0x32, 0x33, 0x34, 0x35, 0x80, 0xff)
    const some = fc.array(bits, { maxLength: 12 }).map((bytes) => Uint8Array.from(bytes))
    let accepted = 0
    fc.assert(
      fc.property(
        some,
        fc.constantFrom(RegisterRequestSchema, ValueSchema, FileDescriptorProtoSchema),
        (bytes, schema) => {
          let count: number
          try {
            count = countAll(schema, bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError)
            return
          }
          accepted++
          expect(count).toBe(countRead(schema, bytes))
          expect(countDecoded(schema, bytes)).toBeLessThanOrEqual(count)
          expect(count).toBeLessThanOrEqual(bytes.length)
        },
      ),
      { numRuns: 5_000 },
    )
    expect(accepted).toBeGreaterThan(200)
  })

  test.for([
    ['a known field with the wire type of another one, which the decoder reads by the field', [0x08, 0x02, 0x0a, 0x00]],
    [
      'a field that goes beyond the end of its message, which the decoder reads on',
      [0x32, 0x02, 0x0a, 0x04, 1, 2, 3, 4],
    ],
    ['a packed list that ends within an element', [0x52, 0x01, 0x80, 0x01]],
    ['a group that does not end', [0x7b, 0x08, 0x01]],
    ['the end of a group that did not begin', [0x7c]],
    ['a varint of eleven bytes', [0x78, ...Array(10).fill(0x80), 0x01]],
    ['the field number 0', [0x02, 0x00]],
    ['an early end', [0x0a, 0x05, 0x61]],
  ] as const)('protobuf is refused for %s', ([, bytes]) => {
    const schema = bytes[0] === 0x52 ? FileDescriptorProtoSchema : RegisterRequestSchema
    expect(() => requireSmallProto(schema, Uint8Array.from(bytes))).toThrow('the request is not valid protobuf')
  })

  test('protobuf with one value too many is refused, and the largest number of values is not', () => {
    const endpoints = (count: number) => message(RegisterRequestSchema, { endpoints: Array(count).fill({}) })
    const require = (count: number) => requireSmallProto(RegisterRequestSchema, endpoints(count))
    expect(() => require(MAX_VALUES)).not.toThrow()
    expect(() => require(MAX_VALUES + 1)).toThrow('the request has more than 5000 values; send at most 5000 values.')
  })
})

describe('the largest requests', () => {
  const record = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))
  const endpoint = { protocol: 'grpc', uri: 'a:b', metadata: record(32) }
  const info = {
    ...{ namespace: 'a', name: 'b', revisionTag: '1', requestId: 'r', description: 'd', documentationUri: 'https://a' },
    ...{ labels: record(64), endpoints: Array(16).fill(endpoint) },
  }
  const source = { repository: 'r', commit: 'c', imageDigest: 'sha256:0' }
  const all = ['labels', 'endpoints', 'description', 'documentation_uri']

  test.for([
    ['Register', RegisterRequestSchema, { ...info, source, isDefault: true, validateOnly: true }],
    [
      'UpdateRevision',
      UpdateRevisionRequestSchema,
      { ...info, etag: 'e', updateMask: { paths: all }, setLabels: record(64), removeLabels: Object.keys(record(64)) },
    ],
  ] as const)('the largest %s that the API allows has fewer than half of the values', ([, schema, init]) => {
    const request = create<DescMessage>(schema, init as never)
    expect(countAll(schema, toBinary<DescMessage>(schema, request))).toBeLessThan(MAX_VALUES / 2)
    expect(countJson(toJsonString<DescMessage>(schema, request))).toBeLessThan(MAX_VALUES / 2)
  })
})

/** The bytes of a field that no message has. */
function unknownField(): fc.Arbitrary<Uint8Array> {
  const tag = (wireType: WireType) => new BinaryWriter().tag(1_000, wireType)
  return fc.oneof(
    fc.constant(tag(WireType.Varint).int64(-1).finish()),
    fc.constant(tag(WireType.Bit32).fixed32(1).finish()),
    fc.constant(tag(WireType.Bit64).fixed64(1).finish()),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => tag(WireType.LengthDelimited).bytes(bytes).finish()),
    fc.array(fc.constantFrom(1, 6, 1_000), { maxLength: 5 }).map((numbers) => {
      const group = tag(WireType.StartGroup)
      for (const number of numbers) group.tag(number, WireType.LengthDelimited).string('\u0002ab')
      return group.tag(1_000, WireType.EndGroup).finish()
    }),
  )
}
