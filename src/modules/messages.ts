/** A question to the process of a module. Each message is one line of JSON. */
export interface Question {
  readonly id: number
  /** The arguments for the function of the module, as JSON. */
  readonly args: readonly unknown[]
}

/** A value that the function of a module has returned. */
export type ModuleAnswer = boolean | string | Readonly<Record<string, unknown>>

/** A message from the process of a module. */
export type Answer =
  | { readonly kind: 'ready'; readonly context: readonly string[] }
  /** The module cannot be loaded. */
  | { readonly kind: 'unusable'; readonly error: string }
  /** The function returned a value: a text that describes it if it does not have the form that is wanted. */
  | { readonly kind: 'answer'; readonly id: number; readonly answer: ModuleAnswer }
  /** The function threw. */
  | { readonly kind: 'failure'; readonly id: number; readonly error: string }

/** The settings of the thread that watches a module. */
export interface Watched {
  /** The process that started this one. */
  readonly parent: number
  /** The most memory that the process may use, in MiB. The heap has a smaller bound, but buffers are not in the heap. */
  readonly mostMib: number
  /** See `ModuleKind`. */
  readonly noun: string
}

/** The file descriptor of the channel in the process of a module. */
export const CHANNEL_FD = 3

/** The longest text of an error or of a wrong answer, in characters. */
export const MOST_TEXT = 4_000

/** The longest message, in characters. JSON needs up to 6 characters for one of a text. */
export const MOST_MESSAGE = 8 * MOST_TEXT

/** Reads a message. Undefined if it is not one: the module itself may have written to the channel. */
export function parseAnswer(line: string): Answer | undefined {
  const message = parseObject(line)
  const { kind, id, error, answer, context } = message ?? {}
  if (kind === 'ready') return isTexts(context) ? { kind, context } : undefined
  if (kind === 'unusable' && typeof error === 'string') return { kind, error }
  if (typeof id !== 'number') return undefined
  if (kind === 'failure' && typeof error === 'string') return { kind, id, error }
  return kind === 'answer' && isModuleAnswer(answer) ? { kind, id, answer } : undefined
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function isModuleAnswer(value: unknown): value is ModuleAnswer {
  if (typeof value === 'boolean' || typeof value === 'string') return true
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return Object(JSON.parse(line))
  } catch {
    return undefined
  }
}
