import { quote, RegistryError } from '../errors.ts'
import type { Source } from '../revision-info.ts'
import type { Identity } from './identity.ts'
import { isRepository } from './repository-address.ts'

/** The source that the token of a caller proves. */
export interface ProvenSource {
  /** The whole hash of the commit. */
  readonly commit: string
  /** The path of the repository on its server, such as `my-org/my-service`. */
  readonly path: string
  /** The URL of the server, without a slash at its end. Null: the token does not tell it. */
  readonly server: string | null
}

/** The parts of a source that a token can prove. */
export const provableParts = ['repository', 'commit'] as const

/** A part of a source that a token can prove. */
export type ProvablePart = (typeof provableParts)[number]

/**
 * The source that the token of a caller proves: the commit and the repository in a token of GitHub Actions, or of a server
 * whose tokens have the same claims, or of GitLab. Null: its credential proves no source.
 */
export function provenSource({ kind, principal, claims }: Identity): ProvenSource | null {
  const { sha, repository, project_path: project } = claims
  const { issuer = '' } = principal
  if (kind !== 'oidc' || typeof sha !== 'string' || !COMMIT.test(sha)) return null
  const commit = sha.toLowerCase()
  if (isPath(repository)) return { commit, path: repository, server: gitHubServer(issuer, claims.server_url) }
  // The issuer of GitLab is the address of its server.
  return isPath(project) ? { commit, path: project, server: toServer(issuer) } : null
}

/** The text of a part that a token proves. Empty: the token does not prove enough for it. */
export function provenText({ commit, path, server }: ProvenSource, part: ProvablePart): string {
  if (part === 'commit') return commit
  return server === null ? '' : `${server}/${path}`
}

/** Returns the source with the parts that it leaves out and that the token proves. */
export function fillSource(given: Source, proven: ProvenSource | null): Source {
  if (proven === null) return given
  const { repository, commit } = given
  return {
    ...given,
    repository: repository === '' ? provenText(proven, 'repository') : repository,
    commit: commit === '' ? proven.commit : commit,
  }
}

/** Throws `SOURCE_MISMATCH` if the source has a commit or a repository that the token contradicts. */
export function requireProvenSource(given: Source, proven: ProvenSource | null): void {
  if (proven === null) return
  const fieldViolations = provableParts
    .filter((part) => given[part] !== '' && !agrees(part, given[part], proven))
    .map((part) => ({ field: `source.${part}`, description: contradiction(part, given[part], proven) }))
  if (fieldViolations.length === 0) return
  const message = fieldViolations.map(({ description }) => description).join(' ')
  throw new RegistryError({ reason: 'SOURCE_MISMATCH', message, fieldViolations })
}

/**
 * Whether a text names the commit or the repository that the token proves. A commit may be shortened to 7 digits. A
 * repository may be an address of HTTPS, of Git or of SSH, with or without `.git`, in any case, or only its path.
 */
export function agrees(part: ProvablePart, text: string, { commit, path, server }: ProvenSource): boolean {
  if (part === 'commit') return text.length >= SHORTEST_COMMIT && commit.startsWith(text.toLowerCase())
  return isRepository(text, { path, server })
}

/** The sources that a repeated registration is compared with. */
export interface SourceBefore {
  /** The source in the request of the first registration. */
  readonly registered: Source
  /** The source of the revision, which a token may have filled. */
  readonly stored: Source
  /** The source that the token of the repeated registration proves. */
  readonly proven: ProvenSource | null
}

/**
 * Whether the source of a repeated registration is that of the first one. A part that it leaves out is the same if the first
 * request left it out, too, unless the token proves another one than the revision has. So a pipeline that registers a tag
 * again from another commit does not get the revision of the first commit as its own.
 */
export function isSourceRepeated(again: Source, { registered, stored, proven }: SourceBefore): boolean {
  const isSame = (part: ProvablePart): boolean => {
    if (again[part] !== '') return again[part] === registered[part] || again[part] === stored[part]
    if (proven === null || provenText(proven, part) === '') return registered[part] === ''
    return stored[part] === '' || agrees(part, stored[part], proven)
  }
  return again.imageDigest === registered.imageDigest && provableParts.every(isSame)
}

const SHORTEST_COMMIT = 7
const COMMIT = /^(?:[\da-f]{40}|[\da-f]{64})$/i
const PATH = /^[\w.-]+(?:\/[\w.-]+)+$/

/** The most characters of a path, and of the URL of a server. */
const MAX_LENGTH = 512

function isPath(claim: unknown): claim is string {
  return typeof claim === 'string' && claim.length <= MAX_LENGTH && PATH.test(claim)
}

const SERVER = /^https?:\/\/[\w.-]+(?::\d+)?(?:\/[\w.-]+)*\/?$/i
const GITHUB = /^https:\/\/token\.actions\.(?:githubusercontent\.com|([\w-]+\.ghe\.com))(?:\/|$)/i
const GITHUB_SERVER = /^(https:\/\/[^/?#]+)\/_services\/token(?:\/|$)/i

function gitHubServer(issuer: string, claim: unknown): string | null {
  const cloud = GITHUB.exec(issuer)
  if (cloud !== null) return `https://${cloud[1]?.toLowerCase() ?? 'github.com'}`
  const own = GITHUB_SERVER.exec(issuer)?.[1] ?? claim
  return typeof own === 'string' ? toServer(own) : null
}

// The text becomes the beginning of an address that everybody can read.
function toServer(text: string): string | null {
  return text.length <= MAX_LENGTH && SERVER.test(text) ? text.replace(/\/$/, '') : null
}

function contradiction(part: ProvablePart, text: string, proven: ProvenSource): string {
  const proof = part === 'repository' ? provenText(proven, part) || proven.path : proven.commit
  return `source.${part} is ${quote(text)}, but the token names ${quote(proof)}; leave it out, or use that of the token.`
}
