import type { Random } from './random.ts'

/** An input for an import, and how it was made. */
export interface Dump {
  readonly bytes: Buffer
  /** The formats and the mutations, for the message of a failure. */
  readonly how: string
  /** Whether a part is missing at its end, which an import must notice. */
  readonly mustFail: boolean
}

const WORDS = ['because', 'für "alle"\t\n', 'モデル', 'done 🚀, 𝒳', '\u2028', '\\u00e9', '']
const TAGS = ['1.0.0', '1.1.0', '2.0.0-rc.1', 'v1.0.0', 'main', '0.1.0rc1']
const TIME = '2024-05-06T07:08:09.123Z'

/** The text of an input, and whether it shows that it was cut off at the end of a line. */
interface Format {
  readonly name: string
  readonly showsCuts: boolean
  toText(records: readonly object[]): string
}

type Encoding = readonly [name: string, encode: (text: string) => Buffer]

const framed = (records: readonly object[]) => [
  { kind: 'export', content: 'state' },
  ...records,
  { kind: 'end', records: records.length },
]
const toLines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')

const formats: readonly Format[] = [
  { name: 'one line', showsCuts: true, toText: (records) => JSON.stringify(records) },
  { name: 'array', showsCuts: true, toText: (records) => `${JSON.stringify(records, null, 2)}\n` },
  { name: 'lines', showsCuts: false, toText: toLines },
  { name: 'export', showsCuts: true, toText: (records) => toLines(framed(records)) },
]

const encodings: readonly [Encoding, ...Encoding[]] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with BOM', (text) => Buffer.from(`\uFEFF${text}`)],
  ['UTF-16 LE', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16 BE', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
]

/** Makes an input with records of services of this namespace. Most inputs are mutated. */
export function makeDump(random: Random, namespace: string): Dump {
  const records = random.below(2) === 0 ? dumpdata(random, namespace) : ownRecords(random, namespace)
  const format = random.pick(formats)
  const [encoding, encode] = encodings[random.below(2) === 0 ? random.below(encodings.length) : 0] ?? encodings[0]
  const whole = format.toText(records)
  const bytes = encode(whole)
  const how = `${format.name}, ${encoding}`
  if (random.below(4) === 0) {
    const kept = whole.slice(0, cutAt(random, whole))
    const isCut = kept.trimEnd() !== whole.trimEnd()
    const cut = { bytes: encode(kept), how: `${how}, cut after ${JSON.stringify(kept.slice(-20))}` }
    return { ...cut, mustFail: format.showsCuts && isCut }
  }
  return { ...mutate(random, bytes, how), mustFail: false }
}

// Most cuts are between two records or two lines.
function cutAt(random: Random, text: string): number {
  const ends = [...text.matchAll(/\n|(?<=\}),(?=\s*\{)|(?<=\})\s*\]/g)].map(({ index }) => index + 1)
  return random.below(4) === 0 || ends.length === 0 ? random.below(text.length) : random.pick(ends)
}

function dumpdata(random: Random, namespace: string): object[] {
  const records = random.below(6) === 0 ? [{ model: 'auth.user', pk: 1, fields: { tag: 5 } }] : []
  for (const [pk, tag] of someOf(random, TAGS).entries()) {
    const name = random.pick(['a', 'b'])
    const fields = { is_default: random.below(3) === 0, created: TIME, namespace, name, tag, project_name: 'p' }
    records.push({ model: 'django_twined.servicerevision', pk, fields } as never)
  }
  return records
}

function ownRecords(random: Random, namespace: string): object[] {
  const key = { namespace, name: 'a' }
  const tags = someOf(random, TAGS)
  const revisions = tags.map((revision_tag, index) => ({
    ...{
      kind: 'revision',
      ...key,
      revision_tag,
      is_default: index === 0,
      requested_default: random.pick([null, true]),
    },
    ...{ register_time: TIME, registered_by: 'somebody', description: random.pick(WORDS), labels: { tier: 'web' } },
    ...(index > 0 && random.below(3) === 0 && { state: 'YANKED', yank: { reason: random.pick(WORDS) } }),
    ...(random.below(3) === 0 && { registered: { description: 'other', labels: {} } }),
  }))
  const [first] = tags
  const rule = { by: 'hand', reason: random.pick(WORDS), actor: 'somebody', time: TIME }
  const aliases = [{ alias: 'beta', revision_tag: first }]
  const chosen = { default_revision_tag: first, default_rule: rule, aliases, rollout: rolloutOf(random, tags) }
  return [...revisions, { kind: 'service', ...key, ...chosen, generation: 3, hash: 'x' }]
}

// The candidate may be the default or yanked, which an import refuses.
function rolloutOf(random: Random, tags: readonly string[]): object | null {
  if (random.below(2) === 0) return null
  const buckets = [{ from: 10, to: 20 }]
  const candidate = { revision_tag: random.pick(tags), weight: 10, pinned_keys: [random.pick(WORDS)], buckets }
  return { candidates: [candidate], salt: 's1', reason: random.pick(WORDS), start_time: TIME, update_time: TIME }
}

function someOf<T>(random: Random, all: readonly T[]): T[] {
  const some = all.filter(() => random.below(2) === 0)
  return some.length > 0 ? some : [random.pick(all)]
}

const TOKENS = [
  'null',
  ',',
  ':',
  ']',
  '[',
  '{',
  '}',
  '"',
  '\\',
  '\n',
  '\0',
  '1e999',
  '"kind"',
  '\uFEFF',
  '\ud800',
  '[]',
  '""',
]

/** Changes bytes at random: usually once, at most three times, and `least` times at least. */
export function mutate(random: Random, original: Buffer, how: string, least = 0): Pick<Dump, 'bytes' | 'how'> {
  let [bytes, mutations] = [original, how]
  const count = Math.max(least, random.pick([0, 1, 1, 1, 1, 1, 2, 3]))
  for (let done = 0; done < count; done++) {
    const [name, change] = random.pick(random.below(2) === 0 ? changes : likely)
    bytes = change(random, bytes)
    mutations += `, ${name}`
  }
  return { bytes, how: mutations }
}

type Change = readonly [name: string, change: (random: Random, bytes: Buffer) => Buffer]

const changes: readonly Change[] = [
  ['a changed byte', (random, bytes) => splice(bytes, random.below(bytes.length), 1, random.bytes(1))],
  ['a changed bit', changeBit],
  ['missing bytes', (random, bytes) => splice(bytes, random.below(bytes.length), random.below(40), Buffer.alloc(0))],
  ['random bytes', (random, bytes) => splice(bytes, random.below(bytes.length), 0, random.bytes(random.below(6)))],
  ['a token', (random, bytes) => splice(bytes, random.below(bytes.length), 0, Buffer.from(random.pick(TOKENS)))],
  ['another value', changeValue],
  ['repeated bytes', repeat],
  ['a missing line', (random, bytes) => changeLines(bytes, (lines) => lines.toSpliced(random.below(lines.length), 1))],
  ['a line in another place', (random, bytes) => changeLines(bytes, (lines) => moveLine(random, lines))],
]

/** The mutations that leave most of the JSON as it is. */
const likely: readonly Change[] = [
  ['another value', changeValue],
  ['wrong bytes in a text', (random, bytes) => changeText(bytes, random.pick(WRONG_BYTES), random)],
]

/** Bytes that are no characters of UTF-8: too few, too many, half of a surrogate pair, a long form, an unused byte. */
const WRONG_BYTES = ['\xc3', '\x80', '\xed\xa0\x80', '\xc0\xaf', '\xff', '\xf0\x9f\x9a'] as const

function changeText(bytes: Buffer, inserted: string, random: Random): Buffer {
  const text = bytes.toString('latin1')
  const ends = [...text.matchAll(/(?<="(?:description|reason|actor|project_name)":\s*"(?:[^"\\]|\\.)*)"/g)]
  if (ends.length === 0) return bytes
  const { index } = random.pick(ends)
  return Buffer.from(`${text.slice(0, index)}${inserted}${text.slice(index)}`, 'latin1')
}

function splice(bytes: Buffer, at: number, length: number, inserted: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + length)])
}

function changeBit(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length)
  return splice(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]))
}

function repeat(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length)
  return splice(bytes, at, 0, bytes.subarray(at, at + random.below(300)))
}

// The text is that of UTF-8. In UTF-16, this changes nothing.
function changeValue(random: Random, bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  const values = [...text.matchAll(/(?<=:\s*)(?:"(?:[^"\\]|\\.)*"|true|false|null|\d+)/g)]
  if (values.length === 0) return bytes
  const { index, 0: old } = random.pick(values)
  const value = random.pick(['null', '1', 'true', 'false', '{}', '[]', '"x"', '"1.0.0"', '{"a":null}', '[null]'])
  return Buffer.from(`${text.slice(0, index)}${value}${text.slice(index + old.length)}`, 'latin1')
}

function changeLines(bytes: Buffer, change: (lines: readonly string[]) => readonly string[]): Buffer {
  return Buffer.from(change(bytes.toString('latin1').split('\n')).join('\n'), 'latin1')
}

function moveLine(random: Random, lines: readonly string[]): readonly string[] {
  const [line = '', ...rest] = lines
  return rest.toSpliced(random.below(lines.length), 0, line)
}
