import { anonymous } from '../../domain/access/principal.ts'
import { quote } from '../../domain/errors.ts'
import { type DefaultRule, rangeOf } from '../../domain/head.ts'
import { meets } from '../../domain/labels/label-selector.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { Revision } from '../../domain/log.ts'
import { formatSruid } from '../../domain/sruid.ts'
import { isSemver } from '../../domain/versions/revision-order.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import { parseVersionRange, type VersionRange } from '../../domain/versions/version-range.ts'
import type { LookupResult, Store } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { findHighest } from '../core/find-highest.ts'
import type { GetQuery } from './get-query.ts'

/** The kinds of rule that choose the revision for a caller. */
export type Rule =
  | 'default-by-policy'
  | 'default-by-registration'
  | 'default-by-hand'
  | 'default-by-import'
  | 'default-after-yank'
  | 'default-before-rules'
  | 'revision-tag'
  | 'version-range'
  | 'alias-fixed'
  | 'alias-follows'

/** The explanation of why a caller gets this revision. */
export interface Explanation {
  readonly rule: Rule
  /** The rule as a sentence for people. */
  readonly description: string
  /** The highest revisions that were not chosen: those that the rule passed over, then those outside its range. */
  readonly rejected: readonly Rejection[]
}

/** A revision that was not chosen. */
export interface Rejection {
  readonly revisionTag: string
  readonly reason: string
}

/** The chosen revision, and the service at that time. */
export interface Chosen {
  readonly snapshot: LookupResult
  readonly revision: Revision
}

interface Reason extends Pick<Explanation, 'rule' | 'description'> {
  /** The range that the revision was chosen from. Undefined: it was chosen from all revisions. */
  readonly range?: VersionRange | undefined
  /** Why a higher version was not chosen, if its state, the range and its labels do not explain it. */
  readonly otherwise: string
}

/** The most rejections of each kind: revisions that were passed over, and revisions outside the range. */
const MAX_REJECTIONS = 5

/** The most higher versions to read. */
const MAX_LOOKED_AT = 20

/** Explains the choice of a revision. Only a caller that may see actors learns who has set the default, and why. */
export async function explain(store: Store, query: GetQuery, chosen: Chosen, caller: Caller): Promise<Explanation> {
  const { access, signal } = caller
  const { defaultRule } = chosen.snapshot.head
  const reason = reasonFor(query, chosen, access.seesActors(query.service) ? defaultRule : withoutActor(defaultRule))
  const { rule, description, range } = reason
  if (rule === 'revision-tag' || rule === 'alias-fixed') return { rule, description, rejected: [] }
  const higher = await readHigher(store, query, chosen)
  const inside = range === undefined ? higher : await readPassedOver(store, query, chosen, { range, signal })
  const outside = range === undefined ? [] : higher.filter(({ revisionTag }) => !range.includes(revisionTag))
  const best = [...inside.slice(0, MAX_REJECTIONS), ...outside.slice(0, MAX_REJECTIONS)]
  const rejected = best.map((each) => ({ revisionTag: each.revisionTag, reason: rejection(each, query, reason) }))
  return { rule, description, rejected }
}

function reasonFor(
  { selector }: GetQuery,
  { snapshot: { alias }, revision }: Chosen,
  rule: DefaultRule | null,
): Reason {
  const tag = revision.revisionTag
  switch (selector.by) {
    case 'tag':
      return { rule: 'revision-tag', description: `The request names ${tag}.`, otherwise: '' }
    case 'range': {
      const { range } = selector
      const description = `${tag} is the highest version of the range ${quote(range.text)}.`
      return { rule: 'version-range', description, range, otherwise: '' }
    }
    case 'alias': {
      const range = alias === null ? undefined : rangeOf(alias)
      const [name, text] = [quote(selector.alias), quote(range?.text ?? '')]
      return range === undefined
        ? { rule: 'alias-fixed', description: `The alias ${name} is fixed to ${tag}.`, otherwise: '' }
        : {
            rule: 'alias-follows',
            description: `The alias ${name} follows the range ${text}, and ${tag} is its highest version.`,
            range,
            otherwise: '',
          }
    }
    case 'default':
      return reasonForDefault(rule, formatSruid(revision))
  }
}

function withoutActor(rule: DefaultRule | null): DefaultRule | null {
  return rule && { ...rule, actor: '', reason: '' }
}

function reasonForDefault(rule: DefaultRule | null, sruid: string): Reason {
  // Older versions stored the path of a module. Its folder is nobody's business.
  const policy = quote(rule?.policy?.split(/[\\/]/).at(-1) ?? '')
  const because = rule?.reason ? `: ${rule.reason}` : ''
  const by = rule === null || rule.actor === '' || rule.actor === anonymous.name ? '' : ` by ${rule.actor}`
  switch (rule?.by) {
    case 'policy':
      return {
        rule: 'default-by-policy',
        description: `The default policy ${policy} made ${sruid} the default when it was registered${by}.`,
        otherwise: `the default policy ${policy} did not choose it, or the default was changed later`,
      }
    case 'registration':
      return {
        rule: 'default-by-registration',
        description: `The registration of ${sruid}${by} had is_default true.`,
        otherwise: 'the registration of the default had is_default true',
      }
    case 'hand':
      return {
        rule: 'default-by-hand',
        description: `${sruid} was made the default by hand${by}${because}.`,
        otherwise: 'the default was set by hand',
      }
    case 'import':
      return {
        rule: 'default-by-import',
        description: `${sruid} was imported as the default, and the import did not tell why it is the default.`,
        otherwise: 'the import made another revision the default',
      }
    case 'yank':
      return {
        rule: 'default-after-yank',
        description: `The previous default was yanked${by}, and the default policy ${policy} chose ${sruid}.`,
        otherwise: `the default policy ${policy} did not choose it, or it was yanked or not registered then`,
      }
    default:
      return {
        rule: 'default-before-rules',
        description: `${sruid} became the default before the registry recorded reasons.`,
        otherwise: 'the registry did not record the reason',
      }
  }
}

function rejection({ revisionTag, lifecycle, requestedDefault }: Revision, query: GetQuery, reason: Reason): string {
  const { range } = reason
  const { yank } = lifecycle
  if (yank !== null) return `it is yanked${yank.reason === '' ? '' : `: ${yank.reason}`}`
  if (range !== undefined && !range.includes(revisionTag)) {
    const isUnnamed = parseVersionRange(range.text, true).includes(revisionTag)
    return isUnnamed
      ? 'it is a pre-release that the range does not name'
      : `it is outside the range ${quote(range.text)}`
  }
  if (range !== undefined) return `its labels do not meet the label selector ${quote(query.labels.text)}`
  const isHeldBack = requestedDefault === false && reason.rule !== 'default-by-hand'
  return isHeldBack ? 'its registration had is_default false' : reason.otherwise
}

// The versions above the chosen revision, the highest first.
async function readHigher(store: Store, { service }: GetQuery, { snapshot, revision }: Chosen): Promise<Revision[]> {
  const { generation } = snapshot
  const from = versionKey(revision.revisionTag)
  const page = await store.readRevisions(service, { order: 'version', from, limit: MAX_LOOKED_AT, generation })
  return (page?.revisions ?? []).filter(
    ({ revisionTag }) => isSemver(revisionTag) && revisionTag !== revision.revisionTag,
  )
}

// The highest versions in the range that were not chosen, up to the number of rejections.
async function readPassedOver(
  store: Store,
  { service, labels }: GetQuery,
  { snapshot }: Chosen,
  { range, signal }: { readonly range: VersionRange; readonly signal: AbortSignal },
): Promise<Revision[]> {
  const passedOver: Revision[] = []
  const accepts = (revision: Revision) => {
    const isChosen = isChoosable(revision.lifecycle) && meets(revision.info.labels, labels)
    if (!isChosen) passedOver.push(revision)
    return isChosen || passedOver.length >= MAX_REJECTIONS
  }
  await findHighest(store, service, { range, accepts, generation: snapshot.generation, signal })
  return passedOver
}
