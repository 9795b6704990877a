import { describe, expect, test } from 'vitest'
import { decodeInput } from '../../../src/transfer/input/decode-input.ts'
import { collect } from '../../support/collect.ts'

const TEXT = '[{"a":"aé€🚀\u{10FFFF}"}]\n'
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const big = (bytes: Buffer) => Buffer.from(bytes).swap16()
const [BOM, LITTLE, BIG] = [Buffer.from('\uFEFF'), utf16('\uFEFF'), big(utf16('\uFEFF'))]

async function decode(bytes: Buffer, chunkBytes: number): Promise<string> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
  }
  return Buffer.concat(await collect(decodeInput(chunks()))).toString()
}

describe.for([1, 2, 3, 5, 1_000])('an input in chunks of %i bytes', (size) => {
  test.for([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.concat([BOM, Buffer.from(TEXT)])],
    ['UTF-16, little endian, with a byte order mark', Buffer.concat([LITTLE, utf16(TEXT)])],
    ['UTF-16, big endian, with a byte order mark', Buffer.concat([BIG, big(utf16(TEXT))])],
  ] as const)('is read if it is %s', async ([, bytes]) => {
    expect(await decode(bytes, size)).toBe(TEXT)
  })

  test.for([
    ['a byte that begins no character', Buffer.from('ab\xffcd', 'latin1'), 'UTF-8 at byte 2'],
    [
      'a byte that begins no character, after longer ones',
      Buffer.from([...Buffer.from('é🚀'), 0x80]),
      'UTF-8 at byte 6',
    ],
    ['a longer form of a slash', Buffer.from('a\xc0\xafb', 'latin1'), 'UTF-8 at byte 1'],
    ['half of a surrogate pair in UTF-8', Buffer.from('a\xed\xa0\x80b', 'latin1'), 'UTF-8 at byte 1'],
    ['a character that is cut off', Buffer.from('ab\xf0\x9f\x9a', 'latin1'), 'UTF-8 at byte 2'],
    ['half of a surrogate pair', Buffer.concat([LITTLE, utf16('a\ud83db')]), 'UTF-16 at byte 4'],
    ['the second half of a pair', Buffer.concat([BIG, big(utf16('ab\ude80'))]), 'UTF-16 at byte 6'],
    ['half of a pair at its end', Buffer.concat([LITTLE, utf16('a\ud83d')]), 'UTF-16 at byte 4'],
    ['half of a unit at its end', Buffer.concat([LITTLE, utf16('a'), Buffer.from('b')]), 'UTF-16 at byte 4'],
  ] as const)('is refused with the position of its first wrong byte if it has %s', async ([, bytes, problem]) => {
    const message = `the input is not valid ${problem}; use UTF-8, or UTF-16 with a byte order mark.`
    await expect(decode(bytes, size)).rejects.toMatchObject({ message, code: 'invalid_argument' })
  })
})
