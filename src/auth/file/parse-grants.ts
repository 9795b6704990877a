import type { Grant, Grantee } from '../../domain/access/grant.ts'
import { type Permission, permissions } from '../../domain/access/permission.ts'
import { allowedPatterns, type GrantScope, parseServicePattern } from '../../domain/access/service-pattern.ts'
import { quote } from '../../domain/errors.ts'
import { nearestName } from '../../domain/nearest-name.ts'
import { parseGrantee } from './parse-grantee.ts'
import { withoutSlash } from './parse-issuers.ts'
import type { LineOf, Path, Report } from './problem.ts'
import type { RawAccessFile } from './schema.ts'

/** Parses the grants, and checks that their issuers and tokens are configured. Problems are reported. */
export function parseGrants(raw: RawAccessFile, lineOf: LineOf, report: Report): Grant[] {
  return raw.grants.flatMap((grant, index) => {
    const path = ['grants', index]
    const place = `grants[${index}] (line ${lineOf(path)})`
    const given = grant.permissions.map((text, at) => parsePermission(text, [...path, 'permissions', at], report))
    const on = grant.on.map((text, at) => parseOn(text, [...path, 'on', at], report))
    const to = parseGrantee(grant.to, [...path, 'to'], report)
    if (to !== undefined) checkConfigured(to, raw, [...path, 'to'], report)
    return to === undefined ? [] : [{ permissions: given.flat(), on: on.flat(), to, place }]
  })
}

function parsePermission(text: string, path: Path, report: Report): Permission[] {
  const permission = permissions.find((known) => known === text)
  if (permission !== undefined) return [permission]
  report(path, `${quote(text)} is not valid; ${nearestOrAll(text, permissions)}`)
  return []
}

function parseOn(text: string, path: Path, report: Report): GrantScope[] {
  const scope = parseServicePattern(text)
  if (scope !== undefined) return [scope]
  report(path, `${quote(text)} is not valid; use ${allowedPatterns}.`)
  return []
}

function checkConfigured(to: Grantee, { issuers, tokens }: RawAccessFile, path: Path, report: Report): void {
  const names = tokens.map(({ name }) => name)
  if (to.kind === 'token' && !names.includes(to.name)) {
    report([...path, 'token'], `${quote(to.name)} is not in tokens; ${nearestOrAll(to.name, names, 'tokens')}`)
  }
  if (to.kind !== 'oidc') return
  const known = issuers.map(({ issuer }) => issuer)
  if (known.includes(to.issuer)) return
  const other = known.find((issuer) => withoutSlash(issuer) === withoutSlash(to.issuer))
  const remedy = other ? `use ${quote(other)}, exactly so.` : nearestOrAll(to.issuer, known, 'issuers')
  report([...path, 'iss'], `${quote(to.issuer)} is not in issuers; ${remedy}`)
}

function nearestOrAll(text: string, names: readonly string[], list?: string): string {
  const nearest = nearestName(text, names)
  if (nearest !== undefined) return `did you mean ${quote(nearest)}?`
  return list === undefined ? `use ${names.join(', ')}.` : `add it to ${list}.`
}
