import { isDeepStrictEqual } from 'node:util'
import type { Fields } from '../support/api.ts'
import { viewService, withoutAbsent } from './answers.ts'
import type { Handler } from './handler.ts'
import { divide, isCandidate, viewRollout } from './rollout.ts'
import {
  type ModelAlias,
  type ModelCandidate,
  type ModelRollout,
  type ModelService,
  refusal,
  requireEtag,
  requireService,
  requireTarget,
} from './state.ts'

/** Sets the rollout. The request has a salt, or a rollout runs, because the model makes no random salt. */
export const setRollout: Handler = (service, request, { newEtag }) => {
  const candidates = ((request.candidates ?? []) as readonly Fields[]).map(toCandidate)
  requireValid(candidates)
  requireService(service)
  requireEtag(request.etag, service.etag)
  for (const { tag } of candidates) {
    requireTarget(service, tag)
    if (service.default?.tag === tag) throw refusal('failed_precondition', 'CANDIDATE_IS_DEFAULT')
  }
  const running = service.rollout
  service.rollout = {
    candidates,
    cells: divide(running?.cells, candidates),
    salt: String(request.salt ?? running?.salt),
    reason: String(request.reason ?? ''),
    start: running?.start ?? newEtag(),
  }
  return () => ({ rollout: viewRollout(service.rollout as ModelRollout, service), service_etag: service.etag })
}

function toCandidate({ revision_tag, weight = 0, pinned_keys = [] }: Fields): ModelCandidate {
  return { tag: String(revision_tag), weight: Number(weight), pinnedKeys: pinned_keys as readonly string[] }
}

function requireValid(candidates: readonly ModelCandidate[]): void {
  const keys = candidates.flatMap(({ pinnedKeys }) => pinnedKeys)
  const isTwice = (texts: readonly string[]) => new Set(texts).size < texts.length
  const isTooMuch = candidates.reduce((sum, { weight }) => sum + weight, 0) > 100_000
  if (candidates.length === 0 || isTwice(candidates.map(({ tag }) => tag)) || isTwice(keys) || isTooMuch)
    throw refusal('invalid_argument', 'INVALID_ROLLOUT')
}

export const endRollout: Handler = (service, { promote, reason, etag }) => {
  requireService(service)
  requireEtag(etag, service.etag)
  if (service.rollout === undefined) throw refusal('not_found', 'ROLLOUT_NOT_FOUND')
  if (promote !== undefined) {
    if (!isCandidate(service, String(promote))) throw refusal('failed_precondition', 'NOT_A_CANDIDATE')
    const { tag } = requireTarget(service, promote)
    service.default = { tag, rule: 'DEFAULT_BY_PROMOTION' }
    service.reasonByHand = `promotion ${reason ?? ''}`
  }
  service.rollout = undefined
  return () => ({ service: viewService(service) })
}

export const getRollout: Handler = (service, _request, { generation }) => {
  requireService(service)
  const { rollout } = service
  if (rollout === undefined) throw refusal('not_found', 'ROLLOUT_NOT_FOUND')
  const view = viewRollout(rollout, service)
  return () => ({ rollout: view, service_etag: service.etag, generation: String(generation) })
}

export const revert: Handler = (service, { generation = 0, reason, etag }, { newEtag, stateAt }) => {
  if (Number(generation) === 0) throw refusal('invalid_argument', 'CONFLICTING_SELECTORS')
  const past = stateAt(Number(generation))
  requireService(service)
  requireEtag(etag, service.etag)
  requireFit(service, past)
  if (service.default?.tag !== past.default?.tag) {
    service.default = past.default && { tag: past.default.tag, rule: 'DEFAULT_BY_REVERT' }
    service.reasonByHand = `revert ${reason ?? ''}`
  }
  const restored = [...past.aliases].map(([name, alias]): [string, ModelAlias] => {
    const current = service.aliases.get(name)
    return [name, isSameTarget(alias, current) ? (current as ModelAlias) : { ...alias, etag: newEtag() }]
  })
  service.aliases.clear()
  for (const [name, alias] of restored) service.aliases.set(name, alias)
  if (!isSameRollout(past.rollout, service.rollout))
    service.rollout = past.rollout && { ...past.rollout, reason: String(reason ?? '') }
  return () => ({ service: viewService(service), generation: String(generation) })
}

function requireFit(service: ModelService, past: ModelService): void {
  const targets = [
    ...(past.default && past.default.tag !== service.default?.tag ? [past.default.tag] : []),
    ...[...past.aliases]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .filter(([name, alias]) => alias.follows === undefined && !isSameTarget(alias, service.aliases.get(name)))
      .map(([, { tag }]) => tag),
    ...(past.rollout && !isSameRollout(past.rollout, service.rollout)
      ? past.rollout.candidates.map(({ tag }) => tag)
      : []),
  ]
  for (const tag of targets) requireTarget(service, tag)
}

function isSameTarget(a: ModelAlias, b: ModelAlias | undefined): boolean {
  if (b === undefined || a.follows !== b.follows) return false
  return a.follows === undefined ? a.tag === b.tag : a.includePrerelease === b.includePrerelease
}

function isSameRollout(a: ModelRollout | undefined, b: ModelRollout | undefined): boolean {
  return isDeepStrictEqual(withoutReason(a), withoutReason(b))
}

function withoutReason(rollout: ModelRollout | undefined): Fields | undefined {
  return rollout && withoutAbsent({ ...rollout, reason: undefined })
}
