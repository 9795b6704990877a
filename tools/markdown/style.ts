import type { Configuration } from 'markdownlint'
import { lint } from 'markdownlint/sync'

/** The rules of markdownlint that are not as they are by default. https://github.com/DavidAnson/markdownlint/tree/main/doc */
const config: Configuration = {
  // Tables have long lines.
  'line-length': false,
  // Go is formatted with tabs.
  'no-hard-tabs': { code_blocks: false },
  // A numbered list may go on below the next heading.
  'ol-prefix': false,
  // A test runs each command that has a dollar sign before it.
  'commands-show-output': false,
}

/** Describes the places of a document that differ from the style that all documents have. */
export function findStyleProblems(path: string, text: string): string[] {
  return (lint({ strings: { [path]: text }, config })[path] ?? []).map(
    ({ lineNumber, ruleNames: [, name], ruleDescription, errorDetail }) =>
      `${path}:${lineNumber} ${name}: ${ruleDescription}${errorDetail ? ` (${errorDetail})` : ''}.`,
  )
}
