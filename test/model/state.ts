import { ApiError, type Fields } from '../support/api.ts'
import { highest, isRelease, maxSatisfying } from './versions.ts'

/** A revision of the model. */
export interface ModelRevision {
  readonly tag: string
  /** What it was registered with. */
  readonly content: string
  /** Whether its registration said that it does not become the default. */
  readonly isHeldBack: boolean
  /** What its yank was given; undefined: it is not yanked. */
  yank: Fields | undefined
  /** What its deprecation was given; undefined: it is not deprecated. */
  deprecation: Fields | undefined
  /** `labels`, `endpoints`, `description` and `documentation_uri`, if they are not empty. */
  info: Fields
  etag: string
}

/** An alias of the model. */
export interface ModelAlias {
  tag: string | undefined
  readonly follows: string | undefined
  readonly includePrerelease: boolean
  etag: string
}

/** Everything that the model knows of its service. */
export interface ModelService {
  readonly namespace: string
  readonly name: string
  /** In the order of registration. Without any there is no service. */
  readonly revisions: ModelRevision[]
  /** Tags that were deleted, and are never registered again. */
  readonly deleted: Set<string>
  readonly aliases: Map<string, ModelAlias>
  default: { readonly tag: string; readonly rule: string } | undefined
  etag: string
}

/** A service that nothing was registered of. */
export function newService(namespace: string, name: string): ModelService {
  const empty = { revisions: [], deleted: new Set<string>(), aliases: new Map(), default: undefined }
  return { namespace, name, ...empty, etag: '' }
}

/** Those that may be chosen: all but the yanked ones. */
export function choosable({ revisions }: ModelService): ModelRevision[] {
  return revisions.filter(({ yank }) => yank === undefined)
}

export function findRevision({ revisions }: ModelService, tag: unknown): ModelRevision | undefined {
  return revisions.find((revision) => revision.tag === tag)
}

/** The state of a revision, as it is answered. */
export function stateOf({ yank, deprecation }: ModelRevision): 'ACTIVE' | 'DEPRECATED' | 'YANKED' {
  if (yank !== undefined) return 'YANKED'
  return deprecation === undefined ? 'ACTIVE' : 'DEPRECATED'
}

export function requireService({ revisions }: ModelService): void {
  if (revisions.length === 0) throw refusal('not_found', 'SERVICE_NOT_FOUND')
}

export function requireRevision(service: ModelService, tag: unknown): ModelRevision {
  requireService(service)
  const revision = findRevision(service, tag)
  if (revision === undefined) throw refusal('not_found', 'REVISION_NOT_FOUND')
  return revision
}

/** The revision that something is going to point to. */
export function requireTarget(service: ModelService, tag: unknown): ModelRevision {
  const revision = findRevision(service, tag)
  if (revision === undefined) throw refusal('failed_precondition', 'TARGET_NOT_FOUND')
  if (revision.yank !== undefined) throw refusal('failed_precondition', 'TARGET_YANKED')
  return revision
}

export function requireEtag(given: unknown, current: string | undefined): void {
  if (given !== undefined && given !== current) throw refusal('aborted', 'ETAG_MISMATCH')
}

export function refusal(code: string, reason: string): ApiError {
  return new ApiError(reason, { code, reason })
}

/** Moves the aliases that follow, and changes the etags of what is not what it was. */
export function settle(service: ModelService, before: ModelService, newEtag: () => string): void {
  for (const alias of service.aliases.values()) {
    if (alias.follows === undefined) continue
    const target = maxSatisfying(choosable(service), alias.follows, alias.includePrerelease)?.tag
    if (alias.tag === target) continue
    alias.tag = target
    alias.etag = newEtag()
  }
  if (before.revisions.length === 0 || headText(service) !== headText(before)) service.etag = newEtag()
}

/** What the etag of a service is about. */
function headText(service: ModelService): string {
  const releases = choosable(service).filter(({ tag }) => isRelease(tag))
  const versions = [highest(choosable(service))?.tag, highest(releases)?.tag]
  return JSON.stringify([service.default, [...service.aliases], versions])
}
