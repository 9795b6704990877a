import type { Claims } from '../../domain/access/claim-matcher.ts'
import { formatGrantee, type Grant } from '../../domain/access/grant.ts'
import type { Permission, Resource } from '../../domain/access/permission.ts'
import { formatServicePattern } from '../../domain/access/service-pattern.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import type { AccessFile } from './access-file.ts'
import { type CheckedCaller, checkCaller } from './decide.ts'
import { AccessFileError, formatProblem, type Problem } from './problem.ts'
import { readAccessFile } from './read-access-file.ts'
import { findWarnings } from './warnings.ts'

/** The claims and the permission that somebody asks about. */
export interface FileQuestion {
  readonly claims: Claims | undefined
  readonly permission: Permission | undefined
  readonly resource: Resource
}

/** A line of the result of a check, with the keys of its JSON. */
export type Finding =
  | ({ readonly kind: 'problem' | 'warning' } & Problem)
  | {
      readonly kind: 'grant'
      readonly place: string
      readonly permissions: readonly string[]
      readonly on: readonly string[]
      readonly to: string
    }
  | {
      readonly kind: 'decision'
      readonly caller: string
      readonly allowed: boolean
      readonly permission: Permission
      /** Null: any service. */
      readonly on: string | null
      /** The grant that gives the permission, or the one that comes closest. Null: the file has no grants. */
      readonly grant: string | null
      readonly reasons: readonly string[]
    }
  | {
      readonly kind: 'summary'
      readonly issuers: number
      readonly tokens: number
      readonly grants: number
      readonly warnings: number
    }

/** Checks an access file and, if it has no problem, answers the question. Throws only if the file cannot be read. */
export function checkAccessFile(path: string, question: FileQuestion): Finding[] {
  try {
    return checkValid(readAccessFile({ path }), question)
  } catch (error) {
    if (!(error instanceof AccessFileError)) throw error
    return error.problems.map((problem) => ({ kind: 'problem', ...problem }))
  }
}

function checkValid(file: AccessFile, { claims, permission, resource }: FileQuestion): Finding[] {
  const warnings = findWarnings(file).map((problem) => ({ kind: 'warning', ...problem }) as const)
  const { issuers, tokens, grants } = file
  const counts = { issuers: issuers.length, tokens: tokens.length, grants: grants.length, warnings: warnings.length }
  const caller = claims && checkCaller(file, claims)
  return [
    ...warnings,
    ...(caller?.grants.map(toFinding) ?? []),
    ...(caller && permission ? [decide(caller, permission, resource)] : []),
    { kind: 'summary', ...counts },
  ]
}

function toFinding({ place, permissions, on, to }: Grant): Finding {
  return { kind: 'grant', place, permissions, on: on.map(formatServicePattern), to: formatGrantee(to) }
}

function decide(caller: CheckedCaller, permission: Permission, resource: Resource): Finding {
  const { isAllowed, grant, reasons } = caller.decide(permission, resource)
  const on = resource === null ? null : formatServiceId(resource)
  const { name } = caller
  return { kind: 'decision', caller: name, allowed: isAllowed, permission, on, grant: grant?.place ?? null, reasons }
}

/** Writes a finding as a line for people. */
export function describeChecked(path: string, finding: Finding): string {
  switch (finding.kind) {
    case 'problem':
      return formatProblem(path, finding)
    case 'warning':
      return `warning: ${formatProblem(path, finding)}`
    case 'grant': {
      const { place, permissions, on, to } = finding
      return `applies: ${place}: ${permissions.join(', ')} on ${on.join(', ')} to ${to}`
    }
    case 'decision': {
      const { allowed, permission, on, grant, reasons } = finding
      const asked = `${permission} on ${on ?? 'any service'}`
      if (allowed) return `allowed: ${asked} by ${grant}`
      const closest = grant === null ? '' : `${grant} comes closest, but `
      return `refused: ${asked}: ${closest}${reasons.join(', and ')}`
    }
    case 'summary': {
      const { issuers, tokens, grants, warnings } = finding
      const counts = [count(issuers, 'issuer'), count(tokens, 'token'), count(grants, 'grant')]
      return `${path}: ${counts.join(', ')}: no problem, ${count(warnings, 'warning')}.`
    }
  }
}

function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`
}
