import { type Alias, MAX_ALIASES } from '../domain/alias.ts'
import { aliasEntry, defaultEntry } from '../domain/entries/new-entry.ts'
import { quote } from '../domain/errors.ts'
import { type DefaultRule, findAlias, withAlias, withDefault } from '../domain/head.ts'
import { isChoosable } from '../domain/lifecycle.ts'
import type { Entry, FullHeadSnapshot } from '../domain/log.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../domain/sruid.ts'
import { parseVersionRange } from '../domain/versions/version-range.ts'
import { findHighestChoosable } from '../registry/core/find-highest.ts'
import { isThere } from '../registry/core/not-found.ts'
import { CONFLICT, retryOnConflict } from '../registry/core/optimistic-retry.ts'
import type { Store } from '../store/store.ts'
import { ACTOR, type Importing, type Line, nextWriter } from './importing.ts'
import type { AliasRecord, ServiceRecord } from './records.ts'

/** The entries for a record of a service, and the problems with it. */
interface Draft {
  readonly service: ServiceId
  newest: FullHeadSnapshot
  readonly entries: Entry[]
  readonly problems: string[]
}

/**
 * Imports the aliases and the default of a service. Aliases and a default that someone has set on this registry stay as
 * they are. Throws `TOO_MANY_CONFLICTS` if other writers were first every time.
 */
export async function importService(importing: Importing, { line, record }: Line<ServiceRecord>): Promise<void> {
  let isChanged = false
  const problems = await retryOnConflict(`The service of line ${line}`, async () => {
    const newest = await importing.store.readHead(record.service)
    if (newest === null) return [`${formatServiceId(record.service)} does not exist; import its revisions first.`]
    const draft: Draft = { service: record.service, newest, entries: [], problems: [] }
    await addDefault(importing, draft, record)
    for (const alias of record.aliases) await addAlias(importing, draft, alias)
    const appended = await importing.store.appendAll(draft.entries)
    isChanged ||= appended > 0
    return appended === draft.entries.length ? draft.problems : CONFLICT
  })
  tell(importing, { line, isChanged, problems })
}

interface Outcome {
  readonly line: number
  readonly isChanged: boolean
  readonly problems: readonly string[]
}

function tell(importing: Importing, { line, isChanged, problems }: Outcome): void {
  if (problems.length > 0) importing.onRefused(line, problems.join(' '))
  else if (isChanged) importing.onAdded()
  else importing.onAlreadyThere()
}

// Imports the default, unless someone has set it on this registry.
async function addDefault(
  importing: Importing,
  draft: Draft,
  { defaultTag, defaultRule }: ServiceRecord,
): Promise<void> {
  const { head } = draft.newest
  if (!head.isDefaultImported || defaultTag === undefined) return
  const writer = nextWriter(importing)
  const own: DefaultRule = { by: 'registration', policy: null, reason: '', actor: ACTOR, time: writer.now }
  const rule = defaultRule ?? head.defaultRule ?? own
  if (head.defaultTag === defaultTag && JSON.stringify(head.defaultRule) === JSON.stringify(rule)) return
  if (defaultTag !== null && !(await isChoosableTag(importing.store, draft.service, defaultTag))) {
    const problem = `${quote(defaultTag)} cannot be the default of ${formatServiceId(draft.service)}`
    draft.problems.push(`${problem}; choose a revision that exists and is not yanked.`)
    return
  }
  const event = defaultTag === null ? 'default-cleared' : 'default-set'
  const changed = withDefault(head, defaultTag, rule)
  const change = { service: draft.service, event, head: changed } as const
  push(draft, defaultEntry(draft.newest, change, writer))
}

async function isChoosableTag(store: Store, service: ServiceId, tag: RevisionTag): Promise<boolean> {
  const revision = (await store.lookup(service, { by: 'tag', tag }))?.revision
  return revision !== null && revision !== undefined && isChoosable(revision.lifecycle)
}

async function addAlias(importing: Importing, draft: Draft, alias: AliasRecord): Promise<void> {
  const { name, follows } = alias
  const current = findAlias(draft.newest.head, name)
  if (current && isSame(current, alias)) return
  const tag = await findTarget(importing.store, draft.service, alias)
  const problem = current ? 'has another target here; delete it to import this one' : problemOf(draft, alias, tag)
  if (tag === undefined || problem !== undefined) {
    draft.problems.push(`alias ${quote(name)} of ${formatServiceId(draft.service)} ${problem}.`)
    return
  }
  const writer = nextWriter(importing)
  const head = withAlias(draft.newest.head, { name, follows, tag, etag: writer.id, isImported: true })
  const change = { service: draft.service, event: 'alias-set', head, alias: name } as const
  push(draft, aliasEntry(draft.newest, change, writer))
}

function problemOf({ newest }: Draft, alias: AliasRecord, tag: RevisionTag | null | undefined): string | undefined {
  if (tag === undefined)
    return `points to ${quote(alias.tag ?? '')}, which does not exist; point it to a revision of the service`
  const isFull = newest.head.aliases.length >= MAX_ALIASES
  return isFull ? `would exceed the maximum of ${MAX_ALIASES} aliases; delete another alias first` : undefined
}

function push(draft: Draft, entry: Entry): void {
  draft.entries.push(entry)
  draft.newest = entry
}

function isSame(current: Alias, { tag, follows }: AliasRecord): boolean {
  return JSON.stringify(current.follows) === JSON.stringify(follows) && (follows !== null || current.tag === tag)
}

// The target of an alias that follows a range depends on the revisions in the store, not on the record. If a revision
// that is read here is newer than the draft, the append of the draft fails.
async function findTarget(
  store: Store,
  service: ServiceId,
  { tag, follows }: AliasRecord,
): Promise<RevisionTag | null | undefined> {
  if (follows !== null) {
    const range = parseVersionRange(follows.range, follows.includePrerelease)
    return (await findHighestChoosable(store, service, { range }))?.revision?.revisionTag ?? null
  }
  const target = tag === null ? null : ((await store.lookup(service, { by: 'tag', tag }))?.revision ?? null)
  return isThere(target) ? target.revisionTag : undefined
}
