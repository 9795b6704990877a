import { fitsGrammar } from '../grammar.ts'
import { serviceNameGrammar } from '../sruid.ts'
import type { ServicePattern } from './access-control.ts'

/** The services of an `on` in the access file: all, those of a namespace, or one. */
export type GrantScope = 'all' | ServicePattern

/** Completes "use …" in a message about a pattern. */
export const allowedPatterns = '"*", "namespace/*" or "namespace/name", such as "my-org/*"'

/** Parses `*`, `namespace/*` or `namespace/name`. Undefined: the text has another form. */
export function parseServicePattern(text: string): GrantScope | undefined {
  if (text === '*') return 'all'
  const slash = text.indexOf('/')
  const [namespace, name] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)]
  if (!fitsGrammar(namespace, serviceNameGrammar)) return undefined
  if (name === '*') return { namespace }
  return fitsGrammar(name, serviceNameGrammar) ? { namespace, name } : undefined
}

/** Writes a pattern as in the access file. The inverse of `parseServicePattern`. */
export function formatServicePattern(scope: GrantScope): string {
  return scope === 'all' ? '*' : `${scope.namespace}/${scope.name ?? '*'}`
}

/** Whether every service of a pattern belongs to another one, too. */
export function includesPattern(outer: GrantScope, inner: GrantScope): boolean {
  if (outer === 'all') return true
  if (inner === 'all' || outer.namespace !== inner.namespace) return false
  return outer.name === undefined || outer.name === inner.name
}
