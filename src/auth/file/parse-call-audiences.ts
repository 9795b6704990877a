import type { CallAudience } from '../../domain/access/access-rules.ts'
import { allowedPatterns, parseServicePattern } from '../../domain/access/service-pattern.ts'
import { quote } from '../../domain/errors.ts'
import type { Report } from './problem.ts'
import type { RawAccessFile } from './schema.ts'

/** Parses the audiences of the tokens to call revisions. Problems are reported. */
export function parseCallAudiences(raw: RawAccessFile['call_audiences'], report: Report): CallAudience[] {
  const seen = new Set<string>()
  return raw.flatMap(({ on, audience }, index) => {
    const path = ['call_audiences', index]
    const scope = parseServicePattern(on)
    if (seen.has(on)) report([...path, 'on'], `${quote(on)} is there twice; give it once.`)
    seen.add(on)
    // Printable ASCII, because it becomes a claim that other programs compare.
    if (!/^[\x21-\x7e]+$/.test(audience)) {
      report([...path, 'audience'], `${quote(audience)} is not valid; use printable ASCII characters without spaces.`)
    }
    if (scope !== undefined) return [{ on: scope, audience }]
    report([...path, 'on'], `${quote(on)} is not valid; use ${allowedPatterns}.`)
    return []
  })
}
