import { fieldError, quote, type RegistryError } from './errors.ts'
import { fitsGrammar, type Grammar } from './grammar.ts'

/** Names and values with a meaning for whoever set them, in the order of their names. */
export type Pairs = readonly (readonly [key: string, value: string])[]

/** How many labels a revision may have. */
export const MAX_LABELS = 64

/** The name of a label without its prefix, and a value that is not empty: as in Kubernetes. */
export const labelWordGrammar: Grammar = { pattern: /^[A-Za-z0-9]+(?:[_.-]+[A-Za-z0-9]+)*$/, maxLength: 63 }

/** The prefix of a label's name: a DNS subdomain. */
export const labelPrefixGrammar: Grammar = {
  pattern: /^[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$/,
  maxLength: 253,
}

const KEY = `[PREFIX/]NAME, with NAME of 1 to 63 letters, digits, '_', '.' or '-' that begins and ends with a letter or a digit, and PREFIX a DNS subdomain`
const VALUE = `empty, or 1 to 63 letters, digits, '_', '.' or '-' that begin and end with a letter or a digit`

/**
 * The labels of a record, or throws `INVALID_LABELS`: up to 64, with the grammar that Kubernetes has for names and values
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set).
 */
export function parseLabels(record: Readonly<Record<string, string>>, field = 'labels'): Pairs {
  const labels = toPairs(record)
  if (labels.length > MAX_LABELS) {
    throw invalidLabels(field, `has ${labels.length} entries: it must have at most ${MAX_LABELS}.`)
  }
  for (const [key, value] of labels) {
    parseLabelName(key, field)
    if (!isLabelValue(value)) {
      throw invalidLabels(field, `has the value ${quote(value)} for ${quote(key)}: it must be ${VALUE}.`)
    }
  }
  return labels
}

/** The name of a label, or throws `INVALID_LABELS` about `field`. */
export function parseLabelName(text: string, field = 'labels'): string {
  if (isLabelKey(text)) return text
  throw invalidLabels(field, `has the name ${quote(text)}: it must be ${KEY}.`)
}

/** The entries of a record, in the order of their keys, so that two with the same content are the same. */
export function toPairs(record: Readonly<Record<string, string>>): Pairs {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

/** Whether the text is the name of a label. */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf('/')
  const isPrefixValid = slash === -1 || fitsGrammar(text.slice(0, slash), labelPrefixGrammar)
  return isPrefixValid && fitsGrammar(text.slice(slash + 1), labelWordGrammar)
}

/** Whether the text is the value of a label. */
export function isLabelValue(text: string): boolean {
  return text === '' || fitsGrammar(text, labelWordGrammar)
}

function invalidLabels(field: string, what: string): RegistryError {
  return fieldError('INVALID_LABELS', field, `${field} ${what}`)
}
