import type { Random } from '../fuzz/random.ts'
import type { Way } from './ways.ts'

/** A change of a message before it is compressed and put into an envelope. */
export interface MessageMutation {
  readonly name: string
  readonly codec: Way['codec']
  /** Whether it makes a message of about a megabyte. */
  readonly isLarge?: boolean
  /** Whether Waypost may refuse a message with it that the reference accepts. */
  readonly isStricter?: boolean
  change(message: Buffer, random: Random): Buffer
}

const MIB = 1024 * 1024

type Facts = Pick<MessageMutation, 'isLarge' | 'isStricter'>

const proto = (name: string, change: MessageMutation['change'], facts: Facts = {}): MessageMutation => ({
  ...{ name, codec: 'proto', change, ...facts },
})
const json = (name: string, change: MessageMutation['change'], facts: Facts = {}): MessageMutation => ({
  ...{ name, codec: 'json', change, ...facts },
})
const large = { isLarge: true }
const stricter = { isStricter: true }
const instead = (text: string) => () => Buffer.from(text)
const appended = (hex: string) => (message: Buffer) => Buffer.concat([message, Buffer.from(hex, 'hex')])
const member = (text: string) => (message: Buffer) => {
  const inside = message.toString().slice(1)
  return Buffer.from(`{${text}${inside === '}' ? '' : ','}${inside}`)
}

function growProto(message: Buffer, size: number): Buffer {
  // Field 1000 is not known. Its tag has two bytes, and its length three.
  const length = size - message.length - 5
  const head = Buffer.from([0xc2, 0x3e, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14])
  return Buffer.concat([message, head, Buffer.alloc(length, 'x')])
}

function growJson(message: Buffer, size: number): Buffer {
  const grown = member('"unknown":""')(message)
  return Buffer.from(grown.toString().replace('""', `"${'x'.repeat(size - grown.length)}"`))
}

function replaceText(message: Buffer, text: string, bytes: readonly number[]): Buffer {
  const at = message.indexOf(text)
  return Buffer.concat([message.subarray(0, at), Buffer.from(bytes), message.subarray(at + text.length)])
}

function flip(message: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(message)
  const at = random.below(Math.max(1, flipped.length))
  if (at < flipped.length) flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << random.below(8)), at)
  return flipped
}

/** Changes of messages, valid and invalid ones. */
export const messageMutations: readonly MessageMutation[] = [
  proto('an empty message', instead('')),
  proto('an unknown field', appended('c23e0141')),
  proto('an unknown field of 64 bits', appended('c13e0000000000000000')),
  proto('an unknown group', appended('c33ec43e')),
  proto('a field twice', appended('0a056f74686572')),
  proto('a text that is not UTF-8', appended('0a02c328'), stricter),
  proto('a field with another wire type', appended('0801')),
  proto('a length beyond the end', appended('0a7f61')),
  proto('a tag that is cut off', appended('8a')),
  proto('the field number zero', appended('0200')),
  proto('an end of a group without its begin', appended('c43e')),
  proto('a varint that is too long, in an unknown field', appended('c03effffffffffffffffffffff01'), stricter),
  proto('a varint that is too long', appended('28ffffffffffffffffffffff01'), stricter),
  proto('the wire type 7', appended('0f')),
  proto('nested groups', (message) => Buffer.concat([message, Buffer.from('c33e'.repeat(200), 'hex')]), stricter),
  proto('a message that is cut off', (message, random) => message.subarray(0, random.below(message.length + 1))),
  proto('a changed bit', flip, stricter),
  proto('random bytes', (_message, random) => random.bytes(random.below(40)), stricter),
  proto('the largest message', (message) => growProto(message, MIB), large),
  proto('a message that is one byte too large', (message) => growProto(message, MIB + 1), large),
  json('an unknown key', member('"unknown":{"a":[1,null]}')),
  json('a key of the proto in the other case', member('"pageSize":1')),
  json('a null', member('"name":null')),
  json('a number for a text', member('"alias":5')),
  json('a key twice', member('"namespace":"twice"'), stricter),
  json('an unknown key twice', member('"unknown":1,"unknown":2'), stricter),
  json('an unknown name of an enumeration', member('"view":"NOTHING"'), stricter),
  json('an unknown number of an enumeration', member('"view":77'), stricter),
  json('a text for a number', member('"pageSize":"1"')),
  json('a number that is too large', member('"pageSize":4294967296')),
  json('a fraction for a whole number', member('"pageSize":1.5')),
  json('a text for a boolean', member('"explain":"true"')),
  json('a list for a text', member('"alias":[]')),
  json('a number for a message', member('"labels":5')),
  json('an unpaired surrogate', member('"alias":"\\ud800"')),
  json(
    'a text that is not UTF-8',
    (message) => replaceText(member('"alias":"(bad)"')(message), '(bad)', [0xc3, 0x28]),
    stricter,
  ),
  json('a byte order mark', (message) => Buffer.concat([Buffer.from('\uFEFF'), message])),
  json('spaces around the message', (message) => Buffer.from(` \r\n\t${message} \n`)),
  json('no message', instead('')),
  json('a list', instead('[]')),
  json('a literal', instead('null')),
  json('a text', instead('"text"')),
  json('a comma at the end', (message) => Buffer.from(message.toString().replace(/\}$/, ',}'))),
  json('text after the message', (message) => Buffer.from(`${message}x`)),
  json('deep lists', (message) => member(`"unknown":${'['.repeat(200)}${']'.repeat(200)}`)(message), stricter),
  json('a message that is cut off', (message, random) => message.subarray(0, random.below(message.length + 1))),
  json('a changed bit', flip, stricter),
  json('the largest message', (message) => growJson(message, MIB), large),
  json('a message that is one byte too large', (message) => growJson(message, MIB + 1), large),
]
