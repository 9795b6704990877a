import type { ClaimMatcher } from '../../domain/access/claim-matcher.ts'
import { allowedSubjects, normalizeDistinguishedName } from '../../domain/access/distinguished-name.ts'
import type { Grantee } from '../../domain/access/grant.ts'
import { quote } from '../../domain/errors.ts'
import { findIdentifying, isGitHub, isGitLab } from './identifying-claims.ts'
import type { Path, Report } from './problem.ts'

type Mapping = Readonly<Record<string, unknown>>

const allowedGrantees = 'anyone, or a mapping with iss, token or certificate'

/** Parses the `to` of a grant. Undefined: it has a problem, which was reported. */
export function parseGrantee(value: unknown, path: Path, report: Report): Grantee | undefined {
  const refuse = (at: Path, message: string) => {
    report(at, message)
    return undefined
  }
  if (value === 'anyone') return { kind: 'anyone' }
  if (typeof value === 'string') return refuse(path, `${quote(value)} is not valid; use ${allowedGrantees}.`)
  if (!isMapping(value)) return refuse(path, `is ${describe(value)}; use ${allowedGrantees}.`)
  const kinds = (['iss', 'token', 'certificate'] as const).filter((kind) => Object.hasOwn(value, kind))
  const [kind] = kinds
  if (kind === undefined) return refuse(path, 'names no caller; add iss, token or certificate, or use anyone.')
  if (kinds.length > 1) return refuse(path, `names ${kinds.join(' and ')}; use one of them, and a grant for each.`)
  const named = value[kind]
  if (typeof named !== 'string' || named === '') return refuse([...path, kind], `is ${describe(named)}; use a text.`)
  if (kind === 'iss') return parseClaims(named, value, path, report)
  const other = Object.keys(value).find((key) => key !== kind)
  if (other !== undefined) return refuse([...path, other], `cannot be beside ${kind}; remove it, only iss has claims.`)
  if (kind === 'token') return { kind, name: named }
  return parseCertificate(named, [...path, kind], report)
}

function parseCertificate(text: string, path: Path, report: Report): Grantee | undefined {
  const subject = normalizeDistinguishedName(text)
  if (subject === undefined) report(path, `${quote(text)} is not valid; use ${allowedSubjects}.`)
  else if (text.endsWith('*')) {
    report(path, `${quote(text)} ends with "*", but subjects are compared as a whole; write the whole subject.`)
  } else return { kind: 'certificate', subject }
  return undefined
}

function parseClaims(issuer: string, value: Mapping, path: Path, report: Report): Grantee | undefined {
  const { iss: _, any_subject: anySubject, ...rest } = value
  let isValid = true
  const reportClaim: Report = (at, message) => {
    isValid = false
    report(at, message)
  }
  if (anySubject !== undefined && anySubject !== true) {
    reportClaim([...path, 'any_subject'], `is ${describe(anySubject)}; use true, or remove it.`)
  }
  const claims = parseMatchers(rest, { keys: path, names: [] }, reportClaim)
  const given = claims.some(({ path: names }) => names.join() === 'email_verified')
  if (Object.hasOwn(rest, 'email')) {
    if (given && String(rest.email_verified) !== 'true') {
      reportClaim([...path, 'email_verified'], 'is not true beside email; use true, or remove it.')
    }
    // Anybody can claim an address that was not verified.
    if (!given) claims.push({ path: ['email_verified'], text: 'true', isPrefix: false })
  }
  if (isValid && anySubject !== true && findIdentifying(issuer, claims) === undefined) {
    const fact = `names no claim that identifies the caller beside iss, so it is for every account of the issuer`
    reportClaim(path, `${fact}; add a claim such as ${exampleFor(issuer)}, or any_subject: true.`)
  }
  return isValid ? { kind: 'oidc', issuer, claims } : undefined
}

function exampleFor(issuer: string): string {
  if (isGitHub(issuer)) return 'repository_owner_id'
  return isGitLab(issuer) ? 'project_id' : issuer === 'https://accounts.google.com' ? 'email' : 'sub'
}

/** The most characters of the name and of the value of a claim, and the most levels of claims in claims. */
const MAX_NAME = 256
const MAX_VALUE = 1_024
const MAX_LEVELS = 4

interface Place {
  readonly keys: Path
  readonly names: readonly string[]
}

function parseMatchers(value: Mapping, { keys, names }: Place, report: Report): ClaimMatcher[] {
  return Object.entries(value).flatMap(([name, part]): ClaimMatcher[] => {
    const place = { keys: [...keys, name], names: [...names, name] }
    if (name === '' || name.length > MAX_NAME) {
      report(place.keys, `has a name of ${name.length} characters; use 1 to ${MAX_NAME}.`)
      return []
    }
    if (isMapping(part) && Object.keys(part).length > 0) {
      if (place.names.length < MAX_LEVELS) return parseMatchers(part, place, report)
      report(place.keys, `is more than ${MAX_LEVELS} levels deep; use fewer levels.`)
      return []
    }
    return parseMatcher(part, place, report)
  })
}

function parseMatcher(value: unknown, { keys, names }: Place, report: Report): ClaimMatcher[] {
  const fail = (message: string): ClaimMatcher[] => {
    report(keys, message)
    return []
  }
  const isScalar = ['string', 'number', 'boolean'].includes(typeof value)
  if (Array.isArray(value)) return fail('is a list; use one value, and a grant for each of them.')
  if (!isScalar || value === '') return fail(`is ${describe(value)}; use a text, a whole number, true or false.`)
  const text = String(value)
  if (text.length > MAX_VALUE) return fail(`has ${text.length} characters; use at most ${MAX_VALUE}.`)
  const star = text.indexOf('*')
  if (star === -1) return [{ path: names, text, isPrefix: false }]
  if (text === '*') {
    return fail('"*" would match every value; write how the value begins, or remove the claim.')
  }
  if (star < text.length - 1) return fail(`${quote(text)} has "*" before its end; use "*" only at the end.`)
  return [{ path: names, text: text.slice(0, -1), isPrefix: true }]
}

/** Names a value of a wrong type: `a list`. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null || value === '') return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'empty' : 'a mapping'
  return typeof value === 'string' ? quote(value) : String(value)
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
