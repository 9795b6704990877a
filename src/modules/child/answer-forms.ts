import { MOST_TEXT, type ModuleAnswer } from '../messages.ts'

/** The form of the answers of a module. An answer of another form is described by a text. */
export type AnswerForm = 'boolean' | 'object'

/** The longest object as JSON, in characters. */
const MOST_JSON = 24_000

/** Makes the message of a value that the function of a module has returned. Throws if the value has no text. */
export function toModuleAnswer(value: unknown, form: AnswerForm): ModuleAnswer {
  if (form === 'boolean') return typeof value === 'boolean' ? value : String(value).slice(0, MOST_TEXT)
  // The value may be a secret, so only its type is told.
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return typeOf(value)
  const json = JSON.stringify(value)
  return json.length <= MOST_JSON ? JSON.parse(json) : `an object of ${json.length} characters`
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a value of the type ${typeof value}`
}
