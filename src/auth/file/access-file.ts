import { dirname, resolve } from 'node:path'
import type { CallAudience } from '../../domain/access/access-rules.ts'
import type { Grant } from '../../domain/access/grant.ts'
import type { IssuerSettings } from '../oidc/settings.ts'
import type { StaticToken } from '../static-tokens.ts'
import { parseCallAudiences } from './parse-call-audiences.ts'
import { parseGrants } from './parse-grants.ts'
import { parseIssuers } from './parse-issuers.ts'
import { parseTokens } from './parse-tokens.ts'
import { AccessFileError, formatKey, type LineOf, type Path, type Problem, type Report } from './problem.ts'
import { readYaml } from './read-yaml.ts'
import { accessFileSchema, type RawAccessFile } from './schema.ts'
import { describeIssues } from './schema-problems.ts'

/** The content of an access file, checked. */
export interface AccessFile {
  readonly audiences: readonly string[]
  readonly issuers: readonly IssuerSettings[]
  readonly unknownIssuers: 'refuse' | 'anonymous'
  readonly tokens: readonly StaticToken[]
  readonly grants: readonly Grant[]
  readonly callAudiences: readonly CallAudience[]
  /** The line of a value, for warnings. */
  readonly lineOf: LineOf
}

/** The file that is parsed, and the facts about the server that matter to it. */
export interface FileContext {
  /** The path of the file, for messages and for the paths in the file. */
  readonly path: string
  /** `--public-url`: the issuer of the registry's own tokens, which are no credentials; undefined: it issues none. */
  readonly publicUrl?: string | undefined
}

/**
 * Parses the text of an access file. Throws an `AccessFileError` that lists every problem with its line and its key.
 */
export function parseAccessFile(text: string, context: FileContext): AccessFile {
  const { path } = context
  const yaml = attempt(path, () => readYaml(text))
  const found: Problem[] = []
  const add = (at: Path, message: string) => found.push({ line: yaml.lineOf(at), message })
  const raw = accessFileSchema.safeParse(yaml.value)
  if (!raw.success) {
    for (const { path: at, message } of describeIssues(raw.error.issues, yaml.value)) add(at, message)
    throw new AccessFileError(path, found)
  }
  const report: Report = (at, message) => add(at, `${formatKey(at)} ${message}`)
  const file = toAccessFile(raw.data, { ...context, lineOf: yaml.lineOf }, report)
  if (found.length > 0) throw new AccessFileError(path, found)
  return file
}

type WithLines = FileContext & Pick<AccessFile, 'lineOf'>

function toAccessFile(raw: RawAccessFile, { path, publicUrl, lineOf }: WithLines, report: Report): AccessFile {
  checkAudiences(raw, report)
  const folder = dirname(resolve(path))
  return {
    audiences: raw.audiences,
    issuers: parseIssuers(raw.issuers, { folder, publicUrl }, report),
    unknownIssuers: raw.unknown_issuers,
    tokens: parseTokens(raw.tokens, report),
    grants: parseGrants(raw, lineOf, report),
    callAudiences: parseCallAudiences(raw.call_audiences, report),
    lineOf,
  }
}

function checkAudiences({ audiences, issuers }: RawAccessFile, report: Report): void {
  if (issuers.length > 0 && audiences.length === 0) {
    report(['audiences'], 'is missing, but there are issuers; add the audience that tokens for this registry have.')
  }
  for (const [index, audience] of audiences.entries()) {
    if (audiences.indexOf(audience) < index) report(['audiences', index], 'is there twice; give it once.')
  }
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    if (!Array.isArray(thrown)) throw thrown
    throw new AccessFileError(path, thrown as Problem[])
  }
}
