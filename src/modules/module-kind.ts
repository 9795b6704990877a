import type { AnswerForm } from './child/answer-forms.ts'

/** A kind of modules, which the operator of a server writes. */
export interface ModuleKind {
  /** The name of the kind in messages, such as `policy module`. */
  readonly noun: string
  /** The name of one question to the module in messages, such as `decision`. */
  readonly question: string
  /** The field of the log that has the path of the module. */
  readonly field: string
  /** The form of the answers of the module. */
  readonly answer: AnswerForm
  /**
   * The names that the export `context` of a module may list. `ModuleRunner.context` has those that it lists. Undefined: such an
   * export means nothing.
   */
  readonly contextNames?: readonly string[]
  /** Removes secrets from a text of the module before it goes to the log. Undefined: the module has no secrets. */
  readonly hide?: (text: string) => string
}
