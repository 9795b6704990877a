/** Completes "use …" in a message about the subject of a certificate. */
export const allowedSubjects =
  'the subject as in RFC 4514, such as "CN=deployer,O=My Org", with a backslash before a comma in a value'

/** The most characters of a subject. */
const MAX_LENGTH = 1_024

// The names of RFC 4514, section 3, and the ones that certificates often have in their subject.
const names: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'TITLE',
  '2.5.4.42': 'GN',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'EMAILADDRESS',
  S: 'ST',
  USERID: 'UID',
  GIVENNAME: 'GN',
  SURNAME: 'SN',
  EMAIL: 'EMAILADDRESS',
  E: 'EMAILADDRESS',
}

/**
 * Brings the subject of a certificate into one form, so that two subjects are the same if their texts are equal. The names of
 * attributes are in capitals, the parts of `+` are sorted, no space is around a separator, and only the characters are escaped
 * that must be. Values keep their letters: `CN=A` and `CN=a` differ. Undefined: the text is not as RFC 4514 says.
 */
export function normalizeDistinguishedName(text: string): string | undefined {
  if (text === '' || text.length > MAX_LENGTH) return undefined
  const parts = split(text, ',').map((part) => split(part, '+').map(normalizeAttribute))
  if (parts.flat().includes(undefined)) return undefined
  return parts.map((attributes) => attributes.toSorted().join('+')).join(',')
}

// Splits at the separators that no backslash precedes.
function split(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === separator) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, text.slice(start)]
}

function normalizeAttribute(text: string): string | undefined {
  const equals = text.indexOf('=')
  if (equals === -1) return undefined
  const type = trim(text.slice(0, equals)).toUpperCase()
  if (!/^(?:[A-Z][A-Z0-9-]*|\d+(?:\.\d+)+)$/.test(type)) return undefined
  const value = normalizeValue(trimValue(text.slice(equals + 1)))
  return value === undefined ? undefined : `${names[type] ?? type}=${value}`
}

function normalizeValue(text: string): string | undefined {
  // The bytes of a value that is not a text: they stay as they are.
  if (text.startsWith('#')) return /^#(?:[0-9a-f]{2})+$/i.test(text) ? text.toLowerCase() : undefined
  const value = unescapeValue(text)
  return value === undefined || value === '' ? undefined : escapeValue(value)
}

// Only spaces: a subject with another kind of blank at its end, such as a no-break space, is another subject.
function trim(text: string): string {
  return text.replace(/^ +/, '').replace(/ +$/, '')
}

// A space at the end counts if a backslash precedes it.
function trimValue(text: string): string {
  const trimmed = text.replace(/^ +/, '')
  const end = trim(trimmed)
  const backslashes = /\\*$/.exec(end)?.[0].length ?? 0
  return backslashes % 2 === 1 && end.length < trimmed.length ? `${end}${trimmed[end.length]}` : end
}

const SPECIAL = ' "#+,;<=>\\'

/** The text of a value without its escapes; undefined if it is not valid. */
function unescapeValue(text: string): string | undefined {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    const char = String.fromCodePoint(text.codePointAt(at) as number)
    at += char.length - 1
    if (char !== '\\') {
      if ('";<>\0'.includes(char)) return undefined
      bytes.push(...new TextEncoder().encode(char))
      continue
    }
    const next = text[at + 1] ?? ''
    const hex = /^[0-9a-f]{2}$/i.exec(text.slice(at + 1, at + 3))?.[0]
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else if (next !== '' && SPECIAL.includes(next)) bytes.push(next.charCodeAt(0))
    else return undefined
    at += hex === undefined ? 1 : 2
  }
  return decode(new Uint8Array(bytes))
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function escapeValue(value: string): string {
  const escaped = value.replaceAll(/["+,;<>\\]/g, (char) => `\\${char}`).replaceAll('\0', '\\00')
  return escaped.replace(/^[ #]/, '\\$&').replace(/(?<=[^\\]) $/, '\\ ')
}
