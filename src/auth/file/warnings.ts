import { type ClaimMatcher, formatCondition } from '../../domain/access/claim-matcher.ts'
import { findCoveredGrants } from '../../domain/access/covered-grants.ts'
import type { Grant } from '../../domain/access/grant.ts'
import { formatServicePattern, includesPattern } from '../../domain/access/service-pattern.ts'
import { quote } from '../../domain/errors.ts'
import type { AccessFile } from './access-file.ts'
import { isGitHub, servesEverybody } from './identifying-claims.ts'
import { formatKey, type Path, type Problem } from './problem.ts'

interface Warning {
  readonly path: Path
  readonly message: string
}

/** Finds the parts of a valid access file that are probably mistakes, or that do nothing. In the order of the lines. */
export function findWarnings(file: AccessFile): Problem[] {
  const warnings = [
    ...(file.grants.length === 0 ? [noGrants] : []),
    ...file.grants.flatMap(warnAboutGrant),
    ...findCoveredGrants(file.grants).map(({ index, by }) => ({
      path: ['grants', index],
      message: `gives nothing that ${by.place} does not give; remove it.`,
    })),
    ...findUnused(file),
  ]
  return warnings
    .map(({ path, message }) => ({ line: file.lineOf(path), message: `${formatKey(path)} ${message}` }))
    .sort((a, b) => a.line - b.line)
}

const noGrants: Warning = { path: ['grants'], message: 'is empty, so nobody may do anything; add a grant.' }

function warnAboutGrant({ permissions, on, to }: Grant, index: number): Warning[] {
  const path = ['grants', index]
  const changes = permissions.filter((permission) => permission !== 'read')
  const isOpen = to.kind === 'anyone' && changes.length > 0
  const claims = to.kind === 'oidc' ? to.claims : []
  const isForAll = to.kind === 'oidc' && claims.length === 0 && servesEverybody(to.issuer)
  return [
    ...(isOpen
      ? [{ path, message: `gives ${changes.join(', ')} to everybody who reaches the server; use read.` }]
      : []),
    ...(isForAll
      ? [{ path, message: 'is for every account of a public issuer; add a claim of your organization.' }]
      : []),
    ...(to.kind === 'oidc' && isGitHub(to.issuer) ? claims.flatMap((claim) => warnAboutSub(claim, path)) : []),
    ...claims.flatMap((claim) => warnAboutBeginning(claim, path)),
    ...on.flatMap((scope, at) => {
      const wider = on.find((other, otherAt) => includesPattern(other, scope) && isOther(at, otherAt, scope, other))
      const part = wider && `${quote(formatServicePattern(scope))} is part of ${quote(formatServicePattern(wider))}`
      return part === undefined ? [] : [{ path: [...path, 'on', at], message: `${part}; remove it.` }]
    }),
  ]
}

// Of two equal patterns, the second is too much.
function isOther(at: number, otherAt: number, scope: Grant['on'][number], other: Grant['on'][number]): boolean {
  return otherAt < at || (otherAt > at && !includesPattern(scope, other))
}

function warnAboutSub({ path: names }: ClaimMatcher, path: Path): Warning[] {
  if (names[0] !== 'sub') return []
  const remedy = 'use repository_owner_id, repository, job_workflow_ref or environment'
  return [{ path: [...path, 'to', 'sub'], message: `has had another form since July 2026 at GitHub; ${remedy}.` }]
}

function warnAboutBeginning(claim: ClaimMatcher, path: Path): Warning[] {
  const { path: names, text, isPrefix } = claim
  if (!isPrefix) return []
  const at = [...path, 'to', ...names]
  const shown = quote(formatCondition(claim))
  if (names[0] === 'email') {
    return [{ path: at, message: `${shown} fits addresses of every domain; write the whole address.` }]
  }
  if (!/[\p{L}\p{N}]$/u.test(text)) return []
  const example = quote(`${text}-evil`)
  return [
    { path: at, message: `${shown} fits ${example}, too; put a separator before "*", such as ${quote(`${text}/*`)}.` },
  ]
}

function findUnused({ issuers, tokens, grants }: AccessFile): Warning[] {
  const used = new Set(
    grants.flatMap(({ to }) => (to.kind === 'oidc' ? to.issuer : to.kind === 'token' ? to.name : [])),
  )
  const unused = (list: string, names: readonly string[]) =>
    names.flatMap((name, index) =>
      used.has(name) ? [] : [{ path: [list, index], message: `${quote(name)} is in no grant; add one, or remove it.` }],
    )
  return [
    ...unused(
      'issuers',
      issuers.map(({ issuer }) => issuer),
    ),
    ...unused(
      'tokens',
      tokens.map(({ name }) => name),
    ),
  ]
}
