import { fieldError, quote, type RegistryError } from './errors.ts'
import { isLabelKey, isLabelValue, type Pairs } from './labels.ts'

/** How long the text of a selector may be, in characters. */
export const MAX_SELECTOR_LENGTH = 1024

/** What one label must be. */
interface Requirement {
  readonly key: string
  /** The values of which the label has one; null: any. */
  readonly values: readonly string[] | null
  /** Whether it is the other way round: the label is absent, or has none of the values. */
  readonly isNegated: boolean
}

/** What the labels of a revision must be: all of its requirements. */
export interface LabelSelector {
  /** As it was given. */
  readonly text: string
  readonly requirements: readonly Requirement[]
}

/** The selector that every revision meets. */
export const anyLabels: LabelSelector = { text: '', requirements: [] }

/**
 * Parses requirements in the syntax of Kubernetes: `tier=web`, `tier!=web`, `tier in (web, api)`, `tier notin (web)`,
 * `tier`, `!tier`, with commas between them. Empty: every revision meets it. Throws `INVALID_LABEL_SELECTOR`.
 */
export function parseLabelSelector(text: string): LabelSelector {
  if (text.length > MAX_SELECTOR_LENGTH) throw invalidSelector(text, `it has ${text.length} characters`)
  if (text.trim() === '') return anyLabels
  return { text, requirements: splitAtCommas(text).map((part) => parseRequirement(part.trim(), text)) }
}

/** Whether labels meet a selector. A label that is absent meets what is negated. */
export function meets(labels: Pairs, { requirements }: LabelSelector): boolean {
  if (requirements.length === 0) return true
  const values = new Map(labels)
  return requirements.every(({ key, values: allowed, isNegated }) => {
    const value = values.get(key)
    const isMet = value !== undefined && (allowed === null || allowed.includes(value))
    return isMet !== isNegated
  })
}

// A comma between parentheses is one between values.
function splitAtCommas(text: string): string[] {
  return text.split(/,(?![^()]*\))/)
}

function parseRequirement(part: string, text: string): Requirement {
  const [, not = '', key = '', rest = ''] = /^(!?)\s*([^\s=!,()]+)\s*(.*)$/s.exec(part) ?? []
  if (!isLabelKey(key)) throw invalidSelector(text, `${quote(part)} has no name of a label`)
  if (rest === '') return { key, values: null, isNegated: not === '!' }
  const [, notEqual, value] = /^(=|==|!=)\s*([^\s=!]*)$/.exec(rest) ?? []
  const [, notIn, list] = /^(in|notin)\s*\(([^()]*)\)$/.exec(rest) ?? []
  const values = list === undefined ? [value ?? '!'] : list.split(',').map((each) => each.trim())
  if (not === '!' || !values.every(isLabelValue)) throw invalidSelector(text, `${quote(part)} is no requirement`)
  return { key, values, isNegated: notEqual === '!=' || notIn === 'notin' }
}

function invalidSelector(text: string, what: string): RegistryError {
  return fieldError(
    'INVALID_LABEL_SELECTOR',
    'label_selector',
    `label_selector ${quote(text)} is not valid, ${what}: it must be requirements such as tier=web, tier!=web, ` +
      `tier in (web, api), tier notin (web), tier or !tier, with commas between them, ${MAX_SELECTOR_LENGTH} characters at most.`,
  )
}
