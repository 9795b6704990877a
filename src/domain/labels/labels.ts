import { fieldError, quote, type RegistryError } from '../errors.ts'
import { tooMany } from '../field-errors.ts'
import { fitsGrammar, type Grammar } from '../grammar.ts'

/** Names and values, in the order of the names. Only their author knows their meaning. */
export type Pairs = readonly (readonly [key: string, value: string])[]

/** The most labels that a revision may have. */
export const MAX_LABELS = 64

/** The name of a label without its prefix, or a value that is not empty, as in Kubernetes. */
export const labelWordGrammar: Grammar = { pattern: /^[A-Za-z0-9]+(?:[_.-]+[A-Za-z0-9]+)*$/, maxLength: 63 }

/** The prefix of a label's name: a DNS subdomain. */
export const labelPrefixGrammar: Grammar = {
  pattern: /^[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$/,
  maxLength: 253,
}

const WORD = "1 to 63 letters, digits, '_', '.' or '-' that begin and end with a letter or a digit"

/**
 * Parses the labels of a record: up to 64, with the grammar that Kubernetes has for names and values. Throws
 * `INVALID_LABELS`. See
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set.
 */
export function parseLabels(record: Readonly<Record<string, string>>, field = 'labels'): Pairs {
  const labels = toPairs(record)
  if (labels.length > MAX_LABELS) throw tooMany('INVALID_LABELS', field, `${labels.length} entries`, MAX_LABELS)
  for (const [key, value] of labels) {
    parseLabelName(key, field)
    if (!isLabelValue(value)) {
      throw invalidLabels(field, `has the value ${quote(value)} for ${quote(key)}; use no value, or ${WORD}.`)
    }
  }
  return labels
}

/** Parses the name of a label, or throws `INVALID_LABELS` about `field`. */
export function parseLabelName(text: string, field = 'labels'): string {
  if (isLabelKey(text)) return text
  throw invalidLabels(field, `has the name ${quote(text)}; use ${WORD}, after an optional DNS subdomain and '/'.`)
}

/** The entries of a record in the order of their keys. Records with the same content have the same entries. */
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

function invalidLabels(field: string, problem: string): RegistryError {
  return fieldError('INVALID_LABELS', field, `${field} ${problem}`)
}
