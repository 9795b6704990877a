import { fieldError, quote, type RegistryError } from '../errors.ts'
import { tooMany } from '../field-errors.ts'
import { isLabelKey, isLabelValue, type Pairs } from './labels.ts'

/** The most characters that the text of a selector may have. */
export const MAX_SELECTOR_LENGTH = 1024

const FIELD = 'label_selector'

/** A condition on one label. */
interface Requirement {
  readonly key: string
  /** The label must have one of these values. Null: it may have any value. */
  readonly values: readonly string[] | null
  /** Whether the condition is reversed: the label must be absent, or have none of the values. */
  readonly isNegated: boolean
}

/** The conditions on the labels of a revision. All requirements must be met. */
export interface LabelSelector {
  /** The text as the caller gave it. */
  readonly text: string
  readonly requirements: readonly Requirement[]
}

/** The empty selector, which every revision meets. */
export const anyLabels: LabelSelector = { text: '', requirements: [] }

/**
 * Parses requirements in the syntax of Kubernetes: `tier=web`, `tier!=web`, `tier in (web, api)`, `tier notin (web)`,
 * `tier`, `!tier`, with commas between them. Every revision meets an empty text. Throws `INVALID_LABEL_SELECTOR`.
 */
export function parseLabelSelector(text: string): LabelSelector {
  if (text.length > MAX_SELECTOR_LENGTH) {
    throw tooMany('INVALID_LABEL_SELECTOR', FIELD, `${text.length} characters`, MAX_SELECTOR_LENGTH)
  }
  if (text.trim() === '') return anyLabels
  return { text, requirements: splitAtCommas(text).map((part) => parseRequirement(part.trim(), text)) }
}

/** Whether labels meet a selector. An absent label meets a negated requirement. */
export function meets(labels: Pairs, { requirements }: LabelSelector): boolean {
  if (requirements.length === 0) return true
  const values = new Map(labels)
  return requirements.every(({ key, values: allowed, isNegated }) => {
    const value = values.get(key)
    const isMet = value !== undefined && (allowed === null || allowed.includes(value))
    return isMet !== isNegated
  })
}

// A comma in parentheses separates values, not requirements.
function splitAtCommas(text: string): string[] {
  return text.split(/,(?![^()]*\))/)
}

function parseRequirement(part: string, text: string): Requirement {
  const [, not = '', key = '', rest = ''] = /^(!?)\s*([^\s=!,()]+)\s*(.*)$/s.exec(part) ?? []
  if (!isLabelKey(key)) throw invalidSelector(text, `${quote(part)} does not begin with the name of a label`)
  if (rest === '') return { key, values: null, isNegated: not === '!' }
  const [, notEqual, value] = /^(=|==|!=)\s*([^\s=!]*)$/.exec(rest) ?? []
  const [, notIn, list] = /^(in|notin)\s*\(([^()]*)\)$/.exec(rest) ?? []
  const values = list === undefined ? [value ?? '!'] : list.split(',').map((each) => each.trim())
  if (not === '!' || !values.every(isLabelValue)) throw invalidSelector(text, `${quote(part)} is not a requirement`)
  return { key, values, isNegated: notEqual === '!=' || notIn === 'notin' }
}

function invalidSelector(text: string, problem: string): RegistryError {
  return fieldError(
    'INVALID_LABEL_SELECTOR',
    FIELD,
    `${FIELD} ${quote(text)} is not valid because ${problem}; use requirements such as tier=web, tier!=web, ` +
      'tier in (web, api), tier notin (web), tier or !tier, with commas between them, ' +
      `of at most ${MAX_SELECTOR_LENGTH} characters.`,
  )
}
