import { isDeepStrictEqual } from 'node:util'
import { ApiError, type Fields } from '../support/api.ts'
import { highest, isRelease, maxSatisfying } from './versions.ts'

/** A revision of the model. */
export interface ModelRevision {
  readonly tag: string
  /** The content of its registration. */
  readonly content: string
  /** Whether its registration had is_default false. */
  readonly isHeldBack: boolean
  /** The text of its yank, or undefined if it is not yanked. */
  yank: Fields | undefined
  /** The content of its deprecation, or undefined if it is not deprecated. */
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

export interface ModelCandidate {
  readonly tag: string
  readonly weight: number
  readonly pinnedKeys: readonly string[]
}

/** A rollout of the model. */
export interface ModelRollout {
  readonly candidates: readonly ModelCandidate[]
  /** The tag of the candidate that has each cell, or undefined if the default has it. */
  readonly cells: readonly (string | undefined)[]
  readonly salt: string
  readonly reason: string
  /** Differs between rollouts that began at different times. */
  readonly start: string
}

/** Everything that the model knows about its service. */
export interface ModelService {
  readonly namespace: string
  readonly name: string
  /** The revisions in the order of registration. Without revisions the service does not exist. */
  readonly revisions: ModelRevision[]
  /** Deleted tags, which are never registered again. */
  readonly deleted: Set<string>
  readonly aliases: Map<string, ModelAlias>
  default: { readonly tag: string; readonly rule: string } | undefined
  /** The kind and the reason of the newest decision about the default, or undefined if no person made it. */
  reasonByHand: string | undefined
  rollout: ModelRollout | undefined
  etag: string
}

/** A service without a registration. */
export function newService(namespace: string, name: string): ModelService {
  const empty = {
    revisions: [],
    deleted: new Set<string>(),
    aliases: new Map(),
    default: undefined,
    reasonByHand: undefined,
    rollout: undefined,
  }
  return { namespace, name, ...empty, etag: '' }
}

/** The revisions that may be chosen, which are all except the yanked ones. */
export function choosable({ revisions }: ModelService): ModelRevision[] {
  return revisions.filter(({ yank }) => yank === undefined)
}

export function findRevision({ revisions }: ModelService, tag: unknown): ModelRevision | undefined {
  return revisions.find((revision) => revision.tag === tag)
}

/** The state of a revision in an answer. */
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

/** The revision that a default, an alias or a replacement will point to. */
export function requireTarget(service: ModelService, tag: unknown): ModelRevision {
  const revision = findRevision(service, tag)
  if (revision === undefined) throw refusal('failed_precondition', 'TARGET_NOT_FOUND')
  if (revision.yank !== undefined) throw refusal('failed_precondition', 'TARGET_YANKED')
  return revision
}

/** Whether the replacements from a revision on lead to another one. */
export function leadsTo(service: ModelService, from: unknown, tag: unknown): boolean {
  if (from === undefined) return false
  return from === tag || leadsTo(service, findRevision(service, from)?.deprecation?.replacement, tag)
}

export function requireEtag(given: unknown, current: string | undefined): void {
  if (given !== undefined && given !== current) throw refusal('aborted', 'ETAG_MISMATCH')
}

export function refusal(code: string, reason: string): ApiError {
  return new ApiError(reason, { code, reason })
}

/** Moves the range aliases, and changes the etags of everything that has changed, but no others. */
export function settle(service: ModelService, before: ModelService, newEtag: () => string): void {
  for (const revision of service.revisions) keepEtagIfSame(revision, findRevision(before, revision.tag))
  for (const [name, alias] of service.aliases) {
    follow(service, alias, newEtag)
    // An alias that is set to follow the range that it follows already has its target only now.
    keepEtagIfSame(alias, before.aliases.get(name))
  }
  if (before.revisions.length === 0 || headText(service) !== headText(before)) service.etag = newEtag()
}

function follow(service: ModelService, alias: ModelAlias, newEtag: () => string): void {
  if (alias.follows === undefined) return
  const target = maxSatisfying(choosable(service), alias.follows, alias.includePrerelease)?.tag
  if (alias.tag === target) return
  alias.tag = target
  alias.etag = newEtag()
}

function keepEtagIfSame<T extends { etag: string }>(after: T, before: T | undefined): void {
  if (before !== undefined && isDeepStrictEqual({ ...after, etag: before.etag }, before)) after.etag = before.etag
}

/** The parts of a service that its etag depends on. */
function headText(service: ModelService): string {
  const releases = choosable(service).filter(({ tag }) => isRelease(tag))
  const versions = [highest(choosable(service))?.tag, highest(releases)?.tag]
  const held = service.rollout?.candidates.map(({ tag }) => findRevision(service, tag)?.yank !== undefined)
  const rollout = [service.rollout ?? null, held ?? null]
  return JSON.stringify([service.default, service.reasonByHand ?? null, [...service.aliases], versions, rollout])
}
