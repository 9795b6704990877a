import { isUtf8 } from 'node:buffer'
import { damagedInput } from './damaged-input.ts'

const BOM = '\uFEFF'
const [UTF8_BOM, UTF16_LE_BOM, UTF16_BE_BOM] = [
  Buffer.from(BOM),
  Buffer.from(BOM, 'utf16le'),
  Buffer.from(BOM, 'utf16le').swap16(),
]

/**
 * Yields an input as UTF-8 without a byte order mark. The input is UTF-8, with or without a byte order mark, or UTF-16
 * with one. Rejects at the first byte that is not part of such a text, and names its position, from 0.
 */
export async function* decodeInput(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: Decoder | undefined
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of input) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    if (decoder === undefined && held.length < UTF8_BOM.length) continue
    decoder ??= decoderFor(held)
    const used = decoder.count(held)
    yield decoder.decode(held.subarray(0, used))
    held = Buffer.from(held.subarray(used))
  }
  decoder ??= decoderFor(held)
  if (decoder.count(held) < held.length) throw decoder.cutOff()
  yield decoder.decode(held)
}

/** Decodes an encoding, part by part. */
interface Decoder {
  /** The number of bytes that are whole characters. The rest may be the beginning of another. */
  count(bytes: Buffer): number
  /** Decodes whole characters. */
  decode(bytes: Buffer): Buffer
  /** The error for an input that ends within a character. */
  cutOff(): Error
}

function decoderFor(bytes: Buffer): Decoder {
  if (startsWith(bytes, UTF16_LE_BOM)) return new Utf16Decoder('little')
  if (startsWith(bytes, UTF16_BE_BOM)) return new Utf16Decoder('big')
  return new Utf8Decoder()
}

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark)
}

class Utf8Decoder implements Decoder {
  #position = 0

  count(bytes: Buffer): number {
    // A character has at most 4 bytes, so only the last 3 can begin an incomplete one.
    for (let back = 1; back <= Math.min(3, bytes.length); back++) {
      const byte = bytes[bytes.length - back] as number
      if ((byte & 0xc0) === 0x80) continue
      return lengthOf(byte) > back ? bytes.length - back : bytes.length
    }
    return bytes.length
  }

  decode(bytes: Buffer): Buffer {
    if (!isUtf8(bytes)) throw notValid(this.#position + firstInvalid(bytes), 'UTF-8')
    const isFirst = this.#position === 0
    this.#position += bytes.length
    return isFirst && startsWith(bytes, UTF8_BOM) ? bytes.subarray(UTF8_BOM.length) : bytes
  }

  cutOff(): Error {
    return notValid(this.#position, 'UTF-8')
  }
}

/** The number of bytes of a character that begins with this byte. */
function lengthOf(byte: number): number {
  if (byte < 0xc0) return 1
  if (byte < 0xe0) return 2
  return byte < 0xf0 ? 3 : 4
}

function firstInvalid(bytes: Buffer): number {
  let at = 0
  for (;;) {
    const end = at + lengthOf(bytes[at] ?? 0)
    if (at >= bytes.length || !isUtf8(bytes.subarray(at, end)) || end > bytes.length) return at
    at = end
  }
}

class Utf16Decoder implements Decoder {
  readonly #order: 'little' | 'big'
  #position = 0

  constructor(order: 'little' | 'big') {
    this.#order = order
  }

  count(bytes: Buffer): number {
    const even = bytes.length - (bytes.length % 2)
    if (even === 0) return 0
    const last = this.#order === 'little' ? bytes.readUInt16LE(even - 2) : bytes.readUInt16BE(even - 2)
    return last >= 0xd800 && last < 0xdc00 ? even - 2 : even
  }

  decode(bytes: Buffer): Buffer {
    const text = (this.#order === 'little' ? bytes : Buffer.from(bytes).swap16()).toString('utf16le')
    if (!text.isWellFormed()) throw notValid(this.#position + 2 * firstLoneSurrogate(text), 'UTF-16')
    const isFirst = this.#position === 0
    this.#position += bytes.length
    return Buffer.from(isFirst && text.startsWith(BOM) ? text.slice(1) : text)
  }

  cutOff(): Error {
    return notValid(this.#position, 'UTF-16')
  }
}

function firstLoneSurrogate(text: string): number {
  return text.search(/\p{Surrogate}/u)
}

function notValid(position: number, encoding: string) {
  return damagedInput(`is not valid ${encoding} at byte ${position}`, 'use UTF-8, or UTF-16 with a byte order mark')
}
