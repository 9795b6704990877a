import { isDeepStrictEqual } from 'node:util'
import type { Fields, Method } from '../support/api.ts'
import { viewAlias, viewRevision, viewService, withoutAbsent } from './answers.ts'
import { changedAliases, listChanges } from './changes.ts'
import { endRollout, getRollout, revert, setRollout } from './choices.ts'
import type { Handler, ModelChange } from './handler.ts'
import { candidateOf, countMoved, effectOf, isCandidate, withoutCandidate } from './rollout.ts'
import {
  choosable,
  findRevision,
  leadsTo,
  type ModelRevision,
  type ModelService,
  newService,
  refusal,
  requireEtag,
  requireRevision,
  requireService,
  requireTarget,
  settle,
  stateOf,
} from './state.ts'
import { byVersion, highest, isHighest, isVersion, maxSatisfying } from './versions.ts'
import { selectors } from './vocabulary.ts'

/** The field of an answer that has the effect of the change. Empty: the answer itself. */
const placesOfEffects: Partial<Record<Method, string>> = {
  ...{ register: 'revision', deprecate: 'revision', undeprecate: 'revision', yank: 'revision', unyank: 'revision' },
  ...{ updateRevision: 'revision', setDefault: 'service', clearDefault: 'service', setAlias: 'alias' },
  ...{ deleteAlias: '', deleteRevision: '', setRollout: '', endRollout: '', revert: '' },
}

/** The facts about a model that decide which commands are worth a place in a history. */
export type Known = Pick<Model, 'stateOf' | 'generation' | 'defaultTag' | 'hasRollout'>

/**
 * A model of the documented registry for one service, whose revisions are in an array. The answers of the stores are
 * compared with it. It has no index and no pages, and expects well-formed requests. Its log is the list of all its states.
 */
export class Model {
  #service: ModelService
  readonly #states: ModelService[] = []
  readonly #changes: ModelChange[] = []
  #etags = 0
  readonly #firstAnswers = new Map<unknown, Fields>()

  constructor({ namespace, name }: { readonly namespace: string; readonly name: string }) {
    this.#service = newService(namespace, name)
  }

  /** The number of stored changes. */
  get generation(): number {
    return this.#states.length
  }

  get defaultTag(): string | undefined {
    return this.#service.default?.tag
  }

  get hasRollout(): boolean {
    return this.#service.rollout !== undefined
  }

  /** The state of a revision, or undefined if there is no revision with the tag. */
  stateOf(tag: unknown): ReturnType<typeof stateOf> | undefined {
    const found = findRevision(this.#service, tag)
    return found && stateOf(found)
  }

  /** Answers like the registry, with other etags. Throws an `ApiError` with the code and the reason. */
  call(method: Method, request: Fields): Fields {
    const { request_id: id, validate_only: validateOnly, at_generation: at } = request
    const first = this.#firstAnswers.get(id)
    if (first !== undefined) return first
    const handler = handlers[method as keyof typeof handlers]
    if (method === 'get') requireOneSelector(request)
    const before = at === undefined ? this.#service : this.#stateAt(Number(at))
    const generation = at === undefined ? this.generation : Number(at)
    const service = structuredClone(before)
    const newEtag = () => `etag-${++this.#etags}`
    const stateAt = (number: number) => structuredClone(this.#stateAt(number))
    const answer = handler(service, request, { generation, changes: this.#changes, newEtag, stateAt })
    if (reads.has(method)) return answer()
    settle(service, before, newEtag)
    const answered = withEffect(answer(), { method, request, before, after: service })
    // A change that changes nothing is not stored, so its request_id is not, either.
    if (validateOnly || isDeepStrictEqual(service, before)) return answered
    this.#service = service
    this.#states.push(service)
    this.#changes.push({ method, request, aliases: changedAliases(before, service) })
    if (id !== undefined) this.#firstAnswers.set(id, answered)
    return answered
  }

  #stateAt(generation: number): ModelService {
    if (this.generation === 0) throw refusal('not_found', 'SERVICE_NOT_FOUND')
    return this.#states[generation - 1] ?? throwing(refusal('not_found', 'STATE_NOT_FOUND'))
  }
}

function throwing(error: Error): never {
  throw error
}

interface Made {
  readonly method: Method
  readonly request: Fields
  readonly before: ModelService
  readonly after: ModelService
}

function withEffect(answer: Fields, { method, request, before, after }: Made): Fields {
  const place = placesOfEffects[method]
  const isAboutRollouts = method === 'setRollout' || method === 'endRollout' || method === 'revert'
  const moved = isAboutRollouts ? { moved: countMoved(before, after) } : {}
  const isTold = method !== 'register' || request.validate_only === true
  const effect = isTold ? effectOf(before, after) : undefined
  if (place === undefined || effect === undefined) return { ...answer, ...moved }
  return place === ''
    ? { ...answer, ...moved, effect }
    : { ...answer, [place]: { ...(answer[place] as Fields), effect } }
}

const register: Handler = (service, request, { newEtag }) => {
  const { revision_tag, is_default, labels, endpoints, description, documentation_uri } = request
  const tag = String(revision_tag)
  const info = withoutAbsent({ labels, endpoints, description, documentation_uri })
  const content = JSON.stringify([is_default, info])
  const stored = findRevision(service, tag)
  if (service.deleted.has(tag)) throw refusal('already_exists', 'REVISION_DELETED')
  if (stored && stored.content !== content) throw refusal('already_exists', 'REVISION_ALREADY_EXISTS')
  if (stored) return () => ({ revision: viewRevision(service, stored), replayed: true })

  const isHeld = is_default === undefined && service.rollout !== undefined
  const becomesDefault = is_default ?? (!isHeld && policySaysYes(service, tag))
  const rule = is_default === undefined ? 'DEFAULT_BY_POLICY' : 'DEFAULT_BY_REGISTRATION'
  const isHeldBack = is_default === false
  const life = { yank: undefined, deprecation: undefined }
  const revision: ModelRevision = { tag, content, isHeldBack, ...life, info, etag: newEtag() }
  service.revisions.push(revision)
  if (becomesDefault) Object.assign(service, { default: { tag, rule }, reasonByHand: undefined })
  const held = isHeld ? { held_by_rollout: true } : {}
  return () => ({ revision: { ...viewRevision(service, revision), ...held } })
}

function policySaysYes(service: ModelService, tag: string): boolean {
  return (
    isVersion(tag) &&
    isHighest(
      tag,
      choosable(service).filter((revision) => isVersion(revision.tag)),
    )
  )
}

function requireOneSelector({ revision_tag, version_range, alias }: Fields): void {
  const given = [revision_tag, version_range, alias].filter((selector) => selector !== undefined)
  if (given.length > 1) throw refusal('invalid_argument', 'CONFLICTING_SELECTORS')
}

const get: Handler = (service, request, { generation }) => {
  const { alias, view, at_generation } = request
  requireService(service)
  if (alias !== undefined && !service.aliases.has(String(alias))) throw refusal('not_found', 'ALIAS_NOT_FOUND')
  const [found, rule] = select(service, request)
  if (found === undefined && rule === undefined) throw refusal('not_found', 'NO_DEFAULT')
  if (found === undefined || !hasLabels(found, request)) throw refusal('not_found', 'REVISION_NOT_FOUND')
  const explanation = request.explain ? { rule, generation: String(generation) } : undefined
  const past = at_generation === undefined ? undefined : String(generation)
  const revision = { generation: past, ...viewRevision(service, found, { view, generation }), explanation }
  return () => ({ revision: withoutAbsent(revision) })
}

type Selected = readonly [found: ModelRevision | undefined, rule: string | undefined]

function select(service: ModelService, request: Fields): Selected {
  if (request.revision_tag !== undefined) return [findRevision(service, request.revision_tag), 'REVISION_TAG']
  if (request.version_range !== undefined) {
    const candidates = choosable(service).filter((revision) => hasLabels(revision, request))
    const range = String(request.version_range)
    return [maxSatisfying(candidates, range, request.include_prerelease === true), 'VERSION_RANGE']
  }
  if (request.alias === undefined) return selectDefault(service, request)
  const alias = service.aliases.get(String(request.alias))
  return [findRevision(service, alias?.tag), alias?.follows === undefined ? 'ALIAS_FIXED' : 'ALIAS_FOLLOWS']
}

/** Without a default, there is no rule. */
function selectDefault(service: ModelService, request: Fields): Selected {
  const { rollout, default: chosen } = service
  const [tag, rule] = (rollout && candidateOf(rollout, request.targeting_key)) ?? []
  const candidate = choosable(service).find((revision) => revision.tag === tag)
  if (candidate !== undefined && hasLabels(candidate, request)) return [candidate, rule]
  return [findRevision(service, chosen?.tag), chosen?.rule]
}

function hasLabels({ info }: ModelRevision, { label_selector }: Fields): boolean {
  return selectors[String(label_selector)]?.((info.labels ?? {}) as Fields) ?? true
}

const setDefault: Handler = (service, request) => {
  const { tag } = requireTarget(service, request.revision_tag)
  requireEtag(request.etag, service.etag)
  service.default = { tag, rule: 'DEFAULT_BY_HAND' }
  service.reasonByHand = `hand ${request.reason ?? ''}`
  service.rollout = service.rollout && withoutCandidate(service.rollout, tag)
  return () => ({ service: viewService(service) })
}

const clearDefault: Handler = (service, request) => {
  requireService(service)
  requireEtag(request.etag, service.etag)
  service.default = undefined
  service.reasonByHand = `hand ${request.reason ?? ''}`
  return () => ({ service: viewService(service) })
}

const setAlias: Handler = (service, request, { newEtag }) => {
  const { alias, revision_tag, follows, include_prerelease } = request
  if ((revision_tag === undefined) === (follows === undefined))
    throw refusal('invalid_argument', 'CONFLICTING_SELECTORS')
  const name = String(alias)
  const tag = follows === undefined ? requireTarget(service, revision_tag).tag : undefined
  requireService(service)
  requireEtag(request.etag, service.aliases.get(name)?.etag)
  const set = {
    tag,
    follows: follows as string | undefined,
    includePrerelease: follows !== undefined && include_prerelease === true,
    etag: newEtag(),
  }
  service.aliases.set(name, set)
  return () => ({ alias: viewAlias(name, set) })
}

const deleteAlias: Handler = (service, request) => {
  const name = String(request.alias)
  requireService(service)
  const alias = service.aliases.get(name)
  if (alias === undefined) throw refusal('not_found', 'ALIAS_NOT_FOUND')
  requireEtag(request.etag, alias.etag)
  service.aliases.delete(name)
  return () => ({})
}

const getAlias: Handler = (service, request) => {
  const name = String(request.alias)
  requireService(service)
  const alias = service.aliases.get(name)
  if (alias === undefined) throw refusal('not_found', 'ALIAS_NOT_FOUND')
  return () => ({ alias: viewAlias(name, alias) })
}

const listAliases: Handler = (service, _request, { generation }) => {
  requireService(service)
  const aliases = [...service.aliases]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, alias]) => viewAlias(name, alias))
  const listed = aliases.length > 0 ? { aliases } : {}
  return () => ({ ...listed, service_etag: service.etag, generation: String(generation) })
}

const deprecate: Handler = (service, request, { newEtag }) => {
  const { message, replacement } = request
  const revision = requireRevision(service, request.revision_tag)
  requireEtag(request.etag, revision.etag)
  if (replacement === revision.tag) throw refusal('invalid_argument', 'INVALID_REVISION_TAG')
  const deprecation = withoutAbsent({ message, replacement })
  // A deprecation that is there already needs no replacement that still exists.
  const isSame = isDeepStrictEqual(deprecation, revision.deprecation)
  if (replacement !== undefined && !isSame) {
    requireTarget(service, replacement)
    if (leadsTo(service, replacement, revision.tag)) throw refusal('failed_precondition', 'REPLACEMENT_CYCLE')
  }
  Object.assign(revision, { deprecation, etag: newEtag() })
  return () => ({ revision: viewRevision(service, revision) })
}

const yank: Handler = (service, request, { newEtag }) => {
  const revision = requireRevision(service, request.revision_tag)
  requireEtag(request.etag, revision.etag)
  Object.assign(revision, { yank: withoutAbsent({ reason: request.reason }), etag: newEtag() })
  if (service.default?.tag === revision.tag) {
    // `latest-semver` accepts the highest of the revisions that it is asked about.
    const left = choosable(service).filter(({ tag }) => !isCandidate(service, tag))
    const moved = highest(left.filter(({ isHeldBack }) => !isHeldBack)) ?? highest(left)
    const next = request.if_default === 'CLEAR' ? undefined : moved
    service.default = next && { tag: next.tag, rule: 'DEFAULT_AFTER_YANK' }
    service.reasonByHand = undefined
  }
  return () => withoutAbsent({ revision: viewRevision(service, revision), default_revision_tag: service.default?.tag })
}

const undeprecate: Handler = (service, request, { newEtag }) => {
  const revision = requireRevision(service, request.revision_tag)
  requireEtag(request.etag, revision.etag)
  Object.assign(revision, { deprecation: undefined, etag: newEtag() })
  return () => ({ revision: viewRevision(service, revision) })
}

const unyank: Handler = (service, request, { newEtag }) => {
  const revision = requireRevision(service, request.revision_tag)
  requireEtag(request.etag, revision.etag)
  Object.assign(revision, { yank: undefined, etag: newEtag() })
  return () => ({ revision: viewRevision(service, revision) })
}

const updateRevision: Handler = (service, request, { newEtag }) => {
  const { labels, endpoints, description, documentation_uri, update_mask, set_labels, remove_labels } = request
  const given = withoutAbsent({ labels, endpoints, description, documentation_uri })
  const all = ['labels', 'endpoints', 'description', 'documentation_uri']
  const mask =
    update_mask === undefined ? Object.keys(given) : update_mask === '*' ? all : String(update_mask).split(',')
  const isMerged = set_labels !== undefined || remove_labels !== undefined
  const removed = (remove_labels ?? []) as readonly string[]
  const isInBoth = Object.keys((set_labels ?? {}) as Fields).some((name) => removed.includes(name))
  if (isInBoth || (isMerged && mask.includes('labels'))) throw refusal('invalid_argument', 'INVALID_LABELS')
  const revision = requireRevision(service, request.revision_tag)
  requireEtag(request.etag, revision.etag)
  const changed: Record<string, unknown> = Object.fromEntries(mask.map((field) => [field, given[field]]))
  if (isMerged) {
    const kept = Object.entries((revision.info.labels ?? {}) as Fields).filter(([name]) => !removed.includes(name))
    const merged = { ...Object.fromEntries(kept), ...(set_labels as Fields | undefined) }
    changed.labels = Object.keys(merged).length > 0 ? merged : undefined
  }
  Object.assign(revision, { info: withoutAbsent({ ...revision.info, ...changed }), etag: newEtag() })
  return () => ({ revision: viewRevision(service, revision) })
}

const deleteRevision: Handler = (service, request) => {
  if (request.etag === undefined) throw refusal('invalid_argument', 'INVALID_ETAG')
  const revision = requireRevision(service, request.revision_tag)
  const { tag, yank } = revision
  requireEtag(request.etag, revision.etag)
  if (yank === undefined) throw refusal('failed_precondition', 'REVISION_NOT_YANKED')
  const isUsed = [service.default, ...service.aliases.values()].some((user) => user?.tag === tag)
  if (isCandidate(service, tag)) throw refusal('failed_precondition', 'REVISION_IN_USE')
  const isReplacement = service.revisions.some(({ deprecation }) => deprecation?.replacement === tag)
  if (isUsed || isReplacement) throw refusal('failed_precondition', 'REVISION_IN_USE')
  service.revisions.splice(service.revisions.indexOf(revision), 1)
  service.deleted.add(tag)
  if (service.revisions.length === 0) service.aliases.clear()
  return () => ({})
}

const listRevisions: Handler = (service, request, { generation }) => {
  requireService(service)
  const { order, state, view } = request
  const inOrder = order === 'HIGHEST_VERSION_FIRST' ? byVersion(service.revisions) : service.revisions.toReversed()
  const inState = inOrder.filter((revision) => state === undefined || stateOf(revision) === state)
  const listed = inState.filter((revision) => hasLabels(revision, request))
  const revisions = listed.map((revision) => viewRevision(service, revision, { view, generation }))
  return () => ({ ...(revisions.length > 0 && { revisions }), generation: String(generation) })
}

/** Lists this service only, which is not in the list while it has no revision. */
const listServices: Handler = (service, request) => {
  const revision = findRevision(service, service.default?.tag)
  const isMet = request.label_selector === undefined || (revision !== undefined && hasLabels(revision, request))
  return () => (service.revisions.length > 0 && isMet ? { services: [viewService(service)] } : {})
}

const testPolicy: Handler = (service, request) => {
  const { default_revision_tag, highest_version, highest_release } = viewService(service)
  const tag = String(request.revision_tag)
  const becomes_default = findRevision(service, tag)?.yank === undefined && policySaysYes(service, tag)
  const told = { current_default: default_revision_tag, highest_version, highest_release }
  return () => withoutAbsent({ policy: 'latest-semver', becomes_default, ...told })
}

const listNamespaces: Handler = ({ revisions, namespace }) => {
  return () => (revisions.length > 0 ? { namespaces: [namespace] } : {})
}

const reads: ReadonlySet<Method> = new Set<Method>([
  ...(['get', 'getAlias', 'listAliases', 'listRevisions', 'listServices', 'listNamespaces', 'testPolicy'] as const),
  ...(['getRollout', 'listChanges'] as const),
])

/** RPCs that the model does not know. It has no callers, and so no tokens. */
type Unknown = 'issueCallToken' | 'whoAmI'

const handlers: Readonly<Record<Exclude<Method, Unknown>, Handler>> = {
  ...{ register, get, setDefault, clearDefault, setAlias, getAlias, deleteAlias, listAliases },
  ...{ setRollout, getRollout, endRollout, listChanges, revert },
  ...{
    deprecate,
    undeprecate,
    yank,
    unyank,
    updateRevision,
    deleteRevision,
    listRevisions,
    listServices,
    testPolicy,
    listNamespaces,
  },
}
