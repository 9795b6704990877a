import { resolve } from 'node:path'
import { quote } from '../../domain/errors.ts'
import type { IssuerSettings } from '../oidc/settings.ts'
import { isLocalHttp } from '../oidc/trusted-url.ts'
import type { Path, Report } from './problem.ts'
import type { RawAccessFile } from './schema.ts'

interface IssuerContext {
  /** The folder of the access file. */
  readonly folder: string
  readonly publicUrl: string | undefined
}

/** Parses the issuers. Problems are reported. */
export function parseIssuers(
  raw: RawAccessFile['issuers'],
  { folder, publicUrl }: IssuerContext,
  report: Report,
): IssuerSettings[] {
  const known = new Map<string, string>()
  return raw.map(({ issuer, jwks_file: file, jwks_uri: jwksUri }, index) => {
    const path = ['issuers', index]
    checkUrl(issuer, [...path, 'issuer'], report)
    if (jwksUri !== undefined) checkUrl(jwksUri, [...path, 'jwks_uri'], report)
    if (file !== undefined && jwksUri !== undefined) {
      report([...path, 'jwks_uri'], 'and jwks_file are both given; use one of them.')
    }
    checkUnique(issuer, known, [...path, 'issuer'], report)
    if (publicUrl !== undefined && withoutSlash(publicUrl) === withoutSlash(issuer)) {
      const fact = `${quote(issuer)} is this registry (--public-url), whose own tokens are never credentials for it`
      report([...path, 'issuer'], `${fact}; remove it.`)
    }
    return { issuer, jwksFile: file === undefined ? undefined : resolve(folder, file), jwksUri }
  })
}

function checkUrl(text: string, path: Path, report: Report): void {
  const url = URL.canParse(text) && !/[\s\\]/.test(text) ? new URL(text) : undefined
  const isSecure = url !== undefined && (url.protocol === 'https:' || isLocalHttp(url))
  if (!isSecure) report(path, `${quote(text)} is not an https URL; use one, or an http URL of this machine for tests.`)
  else if (url.username !== '' || url.password !== '' || /[?#]/.test(text)) {
    report(path, `${quote(text)} has a user, a query or a fragment; use a URL without them.`)
  }
}

// Two issuers whose texts differ only so are one issuer and a mistake.
function checkUnique(issuer: string, known: Map<string, string>, path: Path, report: Report): void {
  const before = known.get(withoutSlash(issuer))
  if (before === issuer) report(path, `${quote(issuer)} is there twice; give it once.`)
  else if (before !== undefined) {
    const fact = `${quote(issuer)} differs from ${quote(before)} only by the final slash`
    report(path, `${fact}; give the one that the tokens have in iss.`)
  }
  known.set(withoutSlash(issuer), issuer)
}

/** The text without a slash at its end. */
export function withoutSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text
}
