import semver from 'semver'
import { changedEtag, type Etag, touchedEtag, unknownEtag } from './etags.ts'
import type { Operation, Request } from './history.ts'

/** A service in the sequential model. */
export interface ServiceState {
  /** The revisions in the order of their registrations. */
  readonly revisions: readonly RevisionState[]
  /** Tags that are never registered again. */
  readonly deleted: readonly string[]
  /** The aliases in the order of their names. */
  readonly aliases: readonly AliasState[]
  readonly defaultTag: string | null
  readonly etag: Etag
}

interface Content {
  readonly tag: string
  /** The value in the registration. */
  readonly isDefault: boolean | null
}

interface RevisionState extends Content {
  readonly isYanked: boolean
  readonly etag: Etag
}

interface AliasState {
  readonly name: string
  readonly follows: string | null
  readonly tag: string | null
  readonly etag: Etag
}

/** The code and the HTTP status of each reason to refuse a call. */
export const refusals = {
  SERVICE_NOT_FOUND: ['not_found', 404],
  REVISION_NOT_FOUND: ['not_found', 404],
  ALIAS_NOT_FOUND: ['not_found', 404],
  TARGET_NOT_FOUND: ['failed_precondition', 400],
  TARGET_YANKED: ['failed_precondition', 400],
  REVISION_NOT_YANKED: ['failed_precondition', 400],
  REVISION_IN_USE: ['failed_precondition', 400],
  NO_DEFAULT: ['not_found', 404],
  REVISION_ALREADY_EXISTS: ['already_exists', 409],
  REVISION_DELETED: ['already_exists', 409],
  ETAG_MISMATCH: ['aborted', 409],
  TOO_MANY_CONFLICTS: ['aborted', 409],
} as const

/** A reason to refuse a call. */
export type Reason = keyof typeof refusals

/** The effect of a call and the known fields of its answer. A field is null if the answer must not have it. */
export type Applied =
  | { readonly next: ServiceState; readonly answer: Readonly<Record<string, unknown>> }
  | { readonly refusals: readonly Reason[] }

/** A service without a registration. */
export const noService: ServiceState = {
  revisions: [],
  deleted: [],
  aliases: [],
  defaultTag: null,
  etag: unknownEtag,
}

/** Applies a call that has no etag or the current one. */
export function apply(state: ServiceState, { method, request, isAlwaysStored = false }: Operation): Applied {
  const rule = rules[method]
  if (rule === undefined) throw new Error(`The model has no ${method}.`)
  return rule(state, request, isAlwaysStored)
}

type Rule = (state: ServiceState, request: Request, isAlwaysStored: boolean) => Applied

const refuse = (...reasons: readonly Reason[]): Applied => ({ refusals: reasons })

const rules: Readonly<Partial<Record<Operation['method'], Rule>>> = {
  register: (state, { revision_tag: tag = '', is_default: isDefault = null }) => {
    const stored = findRevision(state, tag)
    if (state.deleted.includes(tag)) return refuse('REVISION_DELETED')
    if (stored && stored.isDefault !== isDefault) return refuse('REVISION_ALREADY_EXISTS')
    if (stored) return { next: state, answer: { revision: show(state, tag), replayed: true } }
    const highest = highestOf(state)
    // This is the default policy of a server.
    const isLatest = semver.valid(tag) !== null && (highest === null || semver.gte(tag, highest))
    const revision = { tag, isDefault, isYanked: false, etag: unknownEtag }
    const next = settle(state, {
      ...state,
      revisions: [...state.revisions, revision],
      defaultTag: (isDefault ?? isLatest) ? tag : state.defaultTag,
    })
    return { next, answer: { revision: show(next, tag), replayed: false } }
  },

  setDefault: (state, { revision_tag: tag = '' }) => {
    const target = findRevision(state, tag)
    if (!target) return refuse('TARGET_NOT_FOUND')
    if (target.isYanked) return refuse('TARGET_YANKED')
    const next = settle(state, { ...touchHead(state), defaultTag: tag })
    return { next, answer: { service: showService(next) } }
  },

  clearDefault: (state) => {
    if (!exists(state)) return refuse('SERVICE_NOT_FOUND')
    const next = settle(state, { ...touchHead(state), defaultTag: null })
    return { next, answer: { service: showService(next) } }
  },

  setAlias: (state, { alias: name = '', revision_tag: fixed, follows = null }, isAlwaysStored) => {
    const target = fixed === undefined ? undefined : findRevision(state, fixed)
    if (fixed !== undefined && !target) return refuse('TARGET_NOT_FOUND')
    if (!exists(state)) return refuse('SERVICE_NOT_FOUND')
    if (target?.isYanked) return refuse('TARGET_YANKED')
    const before = findAlias(state, name)
    const tag = follows === null ? (fixed ?? null) : highestIn(state, follows)
    const answer = { alias: { alias: name, revision_tag: tag, follows } }
    const isSame = before?.follows === follows && before.tag === tag
    if (isSame) return { next: isAlwaysStored ? touchAlias(state, name) : state, answer }
    const etag = changedEtag(before?.etag ?? unknownEtag)
    const others = state.aliases.filter((alias) => alias.name !== name)
    const aliases = [...others, { name, follows, tag, etag }].sort((a, b) => (a.name < b.name ? -1 : 1))
    return { next: settle(state, { ...state, aliases }), answer }
  },

  deleteAlias: (state, { alias: name = '' }) => {
    if (!exists(state)) return refuse('SERVICE_NOT_FOUND')
    if (!findAlias(state, name)) return refuse('ALIAS_NOT_FOUND')
    const aliases = state.aliases.filter((alias) => alias.name !== name)
    return { next: settle(state, { ...state, aliases }), answer: {} }
  },

  yank: (state, { revision_tag: tag = '', if_default: ifDefault = 'MOVE' }, isAlwaysStored) => {
    if (!findRevision(state, tag)) return notFound(state)
    const yanked = markYanked(state, tag, { isYanked: true, isAlwaysStored })
    const isHeldBack = ({ isDefault }: Content) => isDefault === false
    const chosen = highestOf(having(yanked, (each) => !isHeldBack(each))) ?? highestOf(having(yanked, isHeldBack))
    const defaultAfter = ifDefault === 'MOVE' ? chosen : null
    const next = settle(state, { ...yanked, defaultTag: state.defaultTag === tag ? defaultAfter : state.defaultTag })
    return { next, answer: { revision: show(next, tag), default_revision_tag: next.defaultTag } }
  },

  unyank: (state, { revision_tag: tag = '' }, isAlwaysStored) => {
    if (!findRevision(state, tag)) return notFound(state)
    const next = settle(state, markYanked(state, tag, { isYanked: false, isAlwaysStored }))
    return { next, answer: { revision: show(next, tag) } }
  },

  deleteRevision: (state, { revision_tag: tag = '' }) => {
    const revision = findRevision(state, tag)
    if (!revision) return notFound(state)
    const isInUse = state.defaultTag === tag || state.aliases.some((alias) => alias.tag === tag)
    const reasons: readonly Reason[] = [
      ...(revision.isYanked ? [] : (['REVISION_NOT_YANKED'] as const)),
      ...(isInUse ? (['REVISION_IN_USE'] as const) : []),
    ]
    if (reasons.length > 0) return refuse(...reasons)
    const revisions = state.revisions.filter((other) => other !== revision)
    const deleted = [...state.deleted, tag]
    // The aliases of a service are deleted with its last revision.
    const aliases = revisions.length === 0 ? [] : state.aliases
    return { next: settle(state, { ...state, revisions, deleted, aliases }), answer: {} }
  },

  get: (state, request) => {
    const tag = select(state, request)
    if (tag === null) return notFound(state, request)
    return { next: state, answer: { revision: show(state, tag, request.view) } }
  },

  listRevisions: (state) => {
    if (!exists(state)) return refuse('SERVICE_NOT_FOUND')
    return { next: state, answer: { revisions: state.revisions.map(({ tag }) => show(state, tag)).reverse() } }
  },
}

/** The reason that names which of the four things was not found. */
function notFound(
  state: ServiceState,
  { revision_tag, version_range, alias }: Request = { revision_tag: '' },
): Applied {
  if (!exists(state)) return refuse('SERVICE_NOT_FOUND')
  if (alias !== undefined && !findAlias(state, alias)) return refuse('ALIAS_NOT_FOUND')
  const isAny = revision_tag === undefined && version_range === undefined && alias === undefined
  return refuse(isAny ? 'NO_DEFAULT' : 'REVISION_NOT_FOUND')
}

/** Whether the service exists. It exists from its first revision until its last is deleted. */
export function exists({ revisions }: ServiceState): boolean {
  return revisions.length > 0
}

/** The revision with the tag. */
export function findRevision(state: ServiceState, tag: string): RevisionState | undefined {
  return state.revisions.find((revision) => revision.tag === tag)
}

/** The alias with the name. */
export function findAlias(state: ServiceState, name: string): AliasState | undefined {
  return state.aliases.find((alias) => alias.name === name)
}

function select(state: ServiceState, { revision_tag, version_range, alias }: Request) {
  if (revision_tag !== undefined) return findRevision(state, revision_tag)?.tag ?? null
  if (version_range !== undefined) return highestIn(state, version_range)
  return alias === undefined ? state.defaultTag : (findAlias(state, alias)?.tag ?? null)
}

function markYanked(
  state: ServiceState,
  tag: string,
  { isYanked, isAlwaysStored }: { readonly isYanked: boolean; readonly isAlwaysStored: boolean },
): ServiceState {
  const revisions = state.revisions.map((revision) => {
    if (revision.tag !== tag) return revision
    if (revision.isYanked !== isYanked) return { ...revision, isYanked, etag: changedEtag(revision.etag) }
    return isAlwaysStored ? { ...revision, etag: touchedEtag(revision.etag) } : revision
  })
  return { ...state, revisions }
}

function touchAlias(state: ServiceState, name: string): ServiceState {
  const aliases = state.aliases.map((alias) =>
    alias.name === name ? { ...alias, etag: touchedEtag(alias.etag) } : alias,
  )
  return touchHead({ ...state, aliases })
}

/** Moves the range aliases, and changes the etag of the service if its contents change. */
function settle(before: ServiceState, after: ServiceState): ServiceState {
  const aliases = after.aliases.map((alias) => {
    const tag = alias.follows === null ? alias.tag : highestIn(after, alias.follows)
    return tag === alias.tag ? alias : { ...alias, tag, etag: changedEtag(alias.etag) }
  })
  const next = { ...after, aliases }
  return headOf(next) === headOf(before) ? next : { ...next, etag: changedEtag(before.etag) }
}

function headOf(state: ServiceState): string {
  const aliases = state.aliases.map(({ name, follows, tag }) => [name, follows, tag])
  return JSON.stringify([state.defaultTag, highestOf(state), highestIn(state, '*'), aliases])
}

function touchHead(state: ServiceState): ServiceState {
  return { ...state, etag: touchedEtag(state.etag) }
}

function choosable(state: ServiceState): string[] {
  return state.revisions.filter(({ tag, isYanked }) => !isYanked && semver.valid(tag)).map(({ tag }) => tag)
}

function having(state: ServiceState, accepts: (revision: RevisionState) => boolean): ServiceState {
  return { ...state, revisions: state.revisions.filter(accepts) }
}

function highestOf(state: ServiceState): string | null {
  return choosable(state).sort(semver.rcompare)[0] ?? null
}

function highestIn(state: ServiceState, range: string): string | null {
  return semver.maxSatisfying(choosable(state), range)
}

function show(state: ServiceState, tag: string, view: Request['view'] = 'BASIC') {
  const isYanked = findRevision(state, tag)?.isYanked ?? false
  const whereActive = view === 'FULL' ? 'ACTIVE' : null
  return { revision_tag: tag, is_default: state.defaultTag === tag, state: isYanked ? 'YANKED' : whereActive }
}

function showService(state: ServiceState) {
  return {
    default_revision_tag: state.defaultTag,
    highest_version: highestOf(state),
    highest_release: highestIn(state, '*'),
    revision_count: state.revisions.length,
  }
}
