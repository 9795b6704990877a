import { InvalidArgumentError } from 'commander'
import type { RevisionInformation } from '../../client/index.ts'
import { RepeatableOption } from './repeatable-option.ts'

/** The parts that `--clear` can empty. */
const emptyParts = {
  labels: { labels: {} },
  endpoints: { endpoints: [] },
  description: { description: '' },
  'documentation-uri': { documentationUri: '' },
} as const satisfies Readonly<Record<string, RevisionInformation>>

/** A part of a revision that `--clear` can empty. */
export type Part = keyof typeof emptyParts

const parts = Object.keys(emptyParts) as readonly Part[]

/** The options that set each part. */
export const optionsOfPart: Readonly<Record<Part, readonly string[]>> = {
  labels: ['label', 'setLabel', 'removeLabel'],
  endpoints: ['endpoint'],
  description: ['description'],
  'documentation-uri': ['documentationUri'],
}

/** The option `--clear`. */
export function clearOption(): RepeatableOption<readonly Part[]> {
  const help = `part to remove: ${parts.join(', ')}; repeat the option for each part`
  return new RepeatableOption('--clear <part>', help, (text, before: readonly Part[] = []) => {
    const part = parts.find((each) => each === text)
    if (part === undefined) throw new InvalidArgumentError(`Use ${parts.join(', ')}.`)
    if (before.includes(part)) throw new InvalidArgumentError('Give each part once.')
    return [...before, part]
  })
}

/** The change that empties the parts. */
export function emptied(given: readonly Part[]): RevisionInformation {
  return Object.assign({}, ...given.map((part) => emptyParts[part]))
}
