import type { z } from 'zod'
import { quote } from '../../domain/errors.ts'
import { nearestName } from '../../domain/nearest-name.ts'
import { describe } from './parse-grantee.ts'
import { formatKey, type Path } from './problem.ts'
import { keysAt } from './schema.ts'

/** A problem at a path, whose line is not known yet. */
export interface Found {
  readonly path: Path
  readonly message: string
}

type Issue = z.core.$ZodIssue

/** Writes the issues of the schema as problems for people. `root` is the checked value. */
export function describeIssues(issues: readonly Issue[], root: unknown): Found[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
    const key = path.length === 0 ? 'the file' : formatKey(path)
    const value = valueAt(root, path)
    if (value === undefined) return { path, message: `${key} is missing; add it.` }
    // A text in the wrong place below `tokens` may be a token.
    const shown = path[0] === 'tokens' && typeof value === 'string' ? 'a text' : describe(value)
    return { path, message: `${key} ${describeIssue(issue, value, shown)}` }
  })
}

function describeIssue(issue: Issue, value: unknown, shown: string): string {
  switch (issue.code) {
    case 'invalid_type':
      return `is ${shown}; use ${typeNames[issue.expected] ?? issue.expected}.`
    case 'too_small':
      return value === '' ? 'is empty; give it a value.' : 'is empty; add at least one entry.'
    case 'too_big': {
      const unit = issue.origin === 'string' ? 'characters' : 'entries'
      return `has ${(value as string | readonly unknown[]).length} ${unit}; use at most ${issue.maximum}.`
    }
    case 'invalid_value':
      return `${quote(String(value))} is not valid; use ${issue.values.join(' or ')}.`
    default:
      return `is ${shown}; see the reference of the access file.`
  }
}

const typeNames: Readonly<Record<string, string>> = { string: 'a text', array: 'a list', object: 'a mapping' }

function unknownKey(path: Path, key: string): Found {
  const known = keysAt(path)
  const nearest = nearestName(key, known)
  const remedy = nearest === undefined ? `use ${known.join(', ')}.` : `did you mean ${nearest}?`
  const place = path.length === 0 ? '' : ` of ${formatKey(path)}`
  return { path: [...path, key], message: `key ${quote(key)}${place} is not known; ${remedy}` }
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], root)
}
