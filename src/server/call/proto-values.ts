import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { WireType } from '@bufbuild/protobuf/wire'

/** How far the values of a message are counted. */
export interface CountLimits {
  /** The count ends once it is above this number. */
  readonly values: number
  /** How deep the message may be nested, in levels. */
  readonly depth: number
}

/**
 * Counts the values of a message in protobuf in one pass: each field, each element of a packed list, and everything inside
 * messages of known fields. Throws a `SyntaxError` for bytes that are not valid protobuf, or are nested more than `limits.depth`
 * levels deep. It must refuse all bytes that it reads in another way than the decoder, which does not check the wire type of a known
 * field, and lets a field go beyond the end of its message.
 */
export function countProtoValues(schema: DescMessage, bytes: Uint8Array, limits: CountLimits): number {
  return new ProtoScan(bytes, limits).count(shapesOf(schema))
}

/** The known fields of a message, by their numbers. */
type Shapes = ReadonlyMap<number, Shape>

/** How a known field is written. */
interface Shape {
  readonly wireType: WireType
  /** Whether it may be a packed list. */
  readonly isList: boolean
  /** The fields of the message in it. */
  readonly inner?: () => Shapes
}

const known = new WeakMap<DescMessage, Shapes>()

function shapesOf(schema: DescMessage): Shapes {
  let shapes = known.get(schema)
  if (shapes === undefined) {
    // A message that is a group is read as an unknown field. The API has none.
    const fields = schema.fields.filter((field) => !('delimitedEncoding' in field && field.delimitedEncoding))
    shapes = new Map(fields.map((field) => [field.number, shapeOf(field)]))
    known.set(schema, shapes)
  }
  return shapes
}

function shapeOf(field: DescField): Shape {
  if (field.fieldKind === 'map') {
    // The entry of a map is a message with the key as field 1 and the value as field 2.
    const entry = new Map([
      [1, scalarShape(field.mapKey)],
      [2, valueShape(field)],
    ])
    return { wireType: WireType.LengthDelimited, isList: false, inner: () => entry }
  }
  return { ...valueShape(field), isList: field.fieldKind === 'list' }
}

function valueShape({ message, scalar }: DescField): Shape {
  if (message === undefined) return scalarShape(scalar)
  return { wireType: WireType.LengthDelimited, isList: false, inner: () => shapesOf(message) }
}

// Without a scalar it is an enum.
function scalarShape(scalar: ScalarType | undefined): Shape {
  return { wireType: wireTypeOf(scalar), isList: false }
}

function wireTypeOf(scalar: ScalarType | undefined): WireType {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64
    default:
      return WireType.Varint
  }
}

const LONGEST_VARINT = 10

/** One pass over the bytes of a message. */
class ProtoScan {
  readonly #bytes: Uint8Array
  readonly #limits: CountLimits
  #at = 0
  #count = 0

  constructor(bytes: Uint8Array, limits: CountLimits) {
    this.#bytes = bytes
    this.#limits = limits
  }

  count(shapes: Shapes): number {
    this.#fields(shapes, this.#bytes.length, 1)
    return this.#count
  }

  get #isFew(): boolean {
    return this.#count <= this.#limits.values
  }

  #fields(shapes: Shapes, end: number, depth: number): void {
    if (depth > this.#limits.depth) throw this.#tooDeep()
    let groups = 0
    while (this.#at < end && this.#isFew) {
      const tag = this.#varint()
      const wireType = tag & 7
      // Only unknown fields are groups, and the numbers of the fields inside mean something else.
      const shape = groups > 0 ? undefined : shapes.get(tag >>> 3)
      if (wireType === WireType.EndGroup) groups--
      else this.#count++
      if (groups < 0 || tag >>> 3 === 0) throw this.#invalid()
      if (depth + groups > this.#limits.depth) throw this.#tooDeep()
      if (shape !== undefined) this.#known(shape, wireType, depth)
      else if (wireType === WireType.StartGroup) groups++
      else if (wireType !== WireType.EndGroup) this.#skip(wireType)
    }
    if (this.#isFew && (this.#at > end || groups > 0)) throw this.#invalid()
  }

  #known({ wireType: expected, isList, inner }: Shape, wireType: number, depth: number): void {
    const isPacked = isList && wireType === WireType.LengthDelimited && expected !== wireType
    if (wireType !== expected && !isPacked) throw this.#invalid()
    if (isPacked) this.#packed(expected)
    else if (inner === undefined) this.#skip(wireType)
    else {
      const length = this.#varint()
      this.#fields(inner(), this.#at + length, depth + 1)
    }
  }

  #packed(wireType: WireType): void {
    const length = this.#varint()
    const end = this.#at + length
    for (; this.#at < end && this.#isFew; this.#count++) this.#skip(wireType)
    if (this.#at > end) throw this.#invalid()
  }

  #skip(wireType: number): void {
    if (wireType === WireType.Varint) this.#varint()
    else if (wireType === WireType.Bit32) this.#at += 4
    else if (wireType === WireType.Bit64) this.#at += 8
    else if (wireType === WireType.LengthDelimited) {
      const length = this.#varint()
      this.#at += length
    } else throw this.#invalid()
    if (this.#at > this.#bytes.length) throw this.#invalid()
  }

  // Its lowest 32 bits. No length and no tag has more.
  #varint(): number {
    let value = 0
    for (let index = 0; index < LONGEST_VARINT && this.#at < this.#bytes.length; index++) {
      const byte = this.#bytes[this.#at++] as number
      if (index < 5) value |= (byte & 0x7f) << (7 * index)
      if (byte < 0x80) return value >>> 0
    }
    throw this.#invalid()
  }

  #tooDeep(): SyntaxError {
    return new SyntaxError(`it is nested more than ${this.#limits.depth} levels deep`)
  }

  #invalid(): SyntaxError {
    return new SyntaxError(`it is wrong near byte ${Math.min(this.#at, this.#bytes.length)}`)
  }
}
