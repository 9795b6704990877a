import { fieldError, quote } from '../../domain/errors.ts'
import type { Revision } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId, Sruid } from '../../domain/sruid.ts'
import type { RevisionScan, Store } from '../../store/store.ts'

/** The most replacements that are followed from one revision to the next. */
const LONGEST_CHAIN = 100

/** The most registrations that a search for deprecations looks at: the latest ones. */
const MOST_LOOKED_AT = 10_000

const PAGE = 1_000

/** The most tags that a text names. */
const MOST_NAMED = 10

/**
 * Follows the replacements from `replacement` on. Throws `REPLACEMENT_CYCLE` if one of them is the revision that is being
 * deprecated, and if there are more than 100, because a longer chain may end anywhere.
 */
export async function requireNoCycle(store: Store, { revisionTag, ...service }: Sruid, replacement: RevisionTag) {
  const chain: RevisionTag[] = []
  for (let next: RevisionTag | null = replacement; next !== null; next = await replacementOf(store, service, next)) {
    chain.push(next)
    if (next === revisionTag) throw leadsBack(revisionTag, chain)
    if (chain.length > LONGEST_CHAIN) throw tooLong(replacement)
  }
}

/** A search for the revisions whose deprecation names a replacement. */
export interface ReplacedSearch {
  /** The generation to read at. */
  readonly generation: number
  /** Ends the search. The promise then rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/**
 * Finds the revisions whose deprecation names this revision as the replacement, the latest registration first. It looks at
 * the 10,000 latest registrations of the service, and does not find older ones.
 */
export async function findReplaced(
  store: Store,
  { revisionTag, ...service }: Sruid,
  { generation, signal }: ReplacedSearch,
): Promise<readonly RevisionTag[]> {
  const isReplaced = ({ lifecycle }: Revision) => lifecycle.deprecation?.replacement === revisionTag
  const found: RevisionTag[] = []
  let scan: RevisionScan | undefined = { order: 'registration', limit: PAGE, generation }
  for (let lookedAt = 0; scan !== undefined && lookedAt < MOST_LOOKED_AT; ) {
    signal.throwIfAborted()
    const page = await store.readRevisions(service, scan)
    lookedAt += page?.lookedAt ?? 0
    found.push(...(page?.revisions.filter(isReplaced).map((each) => each.revisionTag) ?? []))
    scan = page?.last ? { ...scan, after: page.last } : undefined
  }
  return found
}

/**
 * Throws `REVISION_IN_USE` if a deprecation names the revision as its replacement. See `findReplaced` for the revisions that
 * it looks at.
 */
export async function requireNoReplacement(store: Store, revision: Revision, search: ReplacedSearch): Promise<void> {
  const replaced = await findReplaced(store, revision, search)
  if (replaced.length === 0) return
  const [tag, others] = [quote(revision.revisionTag), nameAll(replaced)]
  const remedy = 'name another replacement in each deprecation, or remove it, before you delete the revision'
  throw fieldError('REVISION_IN_USE', 'revision_tag', `revision_tag ${tag} is the replacement of ${others}; ${remedy}.`)
}

/** The warnings about a yank of the replacement of these revisions. */
export function warningsOfYank(tag: RevisionTag, replaced: readonly RevisionTag[]): readonly string[] {
  if (replaced.length === 0) return []
  const remedy = 'name another replacement in each deprecation, or remove it'
  return [`The yanked revision ${quote(tag)} is the replacement of ${nameAll(replaced)}; ${remedy}.`]
}

/** The warnings about a deprecation of a revision. */
export function warningsOfDeprecation(tag: RevisionTag, defaultTag: RevisionTag | null): readonly string[] {
  if (tag !== defaultTag) return []
  return [
    `The deprecated revision ${quote(tag)} is the default; set another default for callers that name no revision.`,
  ]
}

async function replacementOf(store: Store, service: ServiceId, tag: RevisionTag): Promise<RevisionTag | null> {
  const found = await store.lookup(service, { by: 'tag', tag })
  return found?.revision?.lifecycle.deprecation?.replacement ?? null
}

function leadsBack(tag: RevisionTag, chain: readonly RevisionTag[]) {
  const isLong = chain.length > MOST_NAMED
  const named = isLong ? [...chain.slice(0, MOST_NAMED / 2), '…', ...chain.slice(-MOST_NAMED / 2)] : chain
  const problem = `replacement ${quote(chain[0] as string)} leads back to ${quote(tag)} (${[tag, ...named].join(' → ')})`
  return fieldError('REPLACEMENT_CYCLE', 'replacement', `${problem}; choose a revision that is not replaced by it.`)
}

function tooLong(replacement: RevisionTag) {
  const problem = `replacement ${quote(replacement)} begins a chain of more than ${LONGEST_CHAIN} replacements`
  return fieldError('REPLACEMENT_CYCLE', 'replacement', `${problem}; choose the revision at the end of the chain.`)
}

function nameAll(tags: readonly RevisionTag[]): string {
  const named = tags.slice(0, MOST_NAMED).map(quote)
  const more = tags.length - named.length
  const all = more > 0 ? [...named, `${more} more`] : named
  return all.length === 1 ? `${all[0]}` : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}
