import type { AliasName } from '../../domain/alias.ts'
import { quote } from '../../domain/errors.ts'
import { rangeOf } from '../../domain/head.ts'
import { meets } from '../../domain/labels/label-selector.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { Revision } from '../../domain/log.ts'
import { isSemver } from '../../domain/versions/revision-order.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import { parseVersionRange, type VersionRange } from '../../domain/versions/version-range.ts'
import type { Store } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { findHighest } from '../core/find-highest.ts'
import { reasonForDefault } from './explain-default.ts'
import { reasonInRollout } from './explain-rollout.ts'
import type { GetQuery } from './get-query.ts'
import type { Chosen, Reason, Rule } from './reason.ts'

/** The explanation of why a caller gets this revision. */
export interface Explanation {
  readonly rule: Rule
  /** The rule as a sentence for people. */
  readonly description: string
  /** The generation of the service at which the revision was chosen. */
  readonly generation: number
  /** The hash of the entry of that generation. Null: the entry has no hash. */
  readonly serviceHash: string | null
  /** The highest revisions that were not chosen: those that the rule passed over, then those outside its range. */
  readonly rejected: readonly Rejection[]
}

/** A revision that was not chosen. */
export interface Rejection {
  readonly revisionTag: string
  readonly reason: string
}

/** The most rejections of each kind: revisions that were passed over, and revisions outside the range. */
const MAX_REJECTIONS = 5

/** The most higher versions to read. */
const MAX_LOOKED_AT = 20

/**
 * Explains the choice of a revision. Only a caller that may see actors learns who has set the default or the rollout, and
 * why.
 */
export async function explain(store: Store, query: GetQuery, chosen: Chosen, caller: Caller): Promise<Explanation> {
  const { generation, hash: serviceHash } = chosen.snapshot
  const reason = await reasonFor(store, query, chosen, caller)
  const { rule, description, range } = reason
  const explanation = { rule, description, generation, serviceHash }
  if (rule === 'revision-tag' || rule === 'alias-fixed') return { ...explanation, rejected: [] }
  const higher = await readHigher(store, query, chosen)
  const inside =
    range === undefined ? higher : await readPassedOver(store, query, chosen, { range, signal: caller.signal })
  const outside = range === undefined ? [] : higher.filter(({ revisionTag }) => !range.includes(revisionTag))
  const best = [...inside.slice(0, MAX_REJECTIONS), ...outside.slice(0, MAX_REJECTIONS)]
  const rejected = best.map((each) => ({ revisionTag: each.revisionTag, reason: rejection(each, query, reason) }))
  return { ...explanation, rejected }
}

function reasonFor(store: Store, query: GetQuery, chosen: Chosen, caller: Caller): Reason | Promise<Reason> {
  const { selector } = query
  const tag = chosen.revision.revisionTag
  switch (selector.by) {
    case 'tag':
      return { rule: 'revision-tag', description: `The request names ${tag}.`, otherwise: '' }
    case 'range': {
      const { range } = selector
      const description = `${tag} is the highest version of the range ${quote(range.text)}.`
      return { rule: 'version-range', description, range, otherwise: '' }
    }
    case 'alias':
      return reasonForAlias(selector.alias, chosen)
    case 'default': {
      if (chosen.snapshot.head.rollout !== null) return reasonInRollout(store, query, chosen, caller)
      return reasonForDefault(chosen, caller)
    }
  }
}

function reasonForAlias(alias: AliasName, { snapshot, revision: { revisionTag: tag } }: Chosen): Reason {
  const range = snapshot.alias === null ? undefined : rangeOf(snapshot.alias)
  const [name, text] = [quote(alias), quote(range?.text ?? '')]
  return range === undefined
    ? { rule: 'alias-fixed', description: `The alias ${name} is fixed to ${tag}.`, otherwise: '' }
    : {
        rule: 'alias-follows',
        description: `The alias ${name} follows the range ${text}, and ${tag} is its highest version.`,
        range,
        otherwise: '',
      }
}

// Whoever decided so knew of the revisions that were held back.
const decidedByPerson: readonly Rule[] = ['default-by-hand', 'default-by-promotion', 'default-by-revert']

function rejection(revision: Revision, query: GetQuery, reason: Reason): string {
  const { revisionTag, lifecycle, requestedDefault } = revision
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
  const inRollout = reason.inRollout?.(revision)
  if (inRollout !== undefined) return inRollout
  const isHeldBack = requestedDefault === false && !decidedByPerson.includes(reason.rule)
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
