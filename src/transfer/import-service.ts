import { type Alias, MAX_ALIASES } from '../domain/alias.ts'
import { type DefaultRule, findAlias, withAlias, withDefault } from '../domain/head.ts'
import { type Change, type Entry, entryAfter, type Revision, type Snapshot, type Writer } from '../domain/log.ts'
import { isChoosable } from '../domain/revision-state.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../domain/sruid.ts'
import { parseVersionRange } from '../domain/version-range.ts'
import { findHighest } from '../registry/core/search.ts'
import type { Store } from '../store/store.ts'
import { ACTOR, type Importing, isOpen, type Line, MAX_ATTEMPTS, nextWriter, tooManyConflicts } from './importing.ts'
import type { AliasRecord, ServiceRecord } from './records.ts'

/** What a record of a service changes, and what of it can't be. */
interface Draft {
  readonly service: ServiceId
  newest: Snapshot
  readonly entries: Entry[]
  readonly problems: string[]
}

/**
 * Imports the aliases of a service, and how its default came to be. What somebody has set since stays. Throws
 * `TOO_MANY_CONFLICTS` where other writers were faster every time.
 */
export async function importService(importing: Importing, { line, record }: Line<ServiceRecord>): Promise<void> {
  const { store } = importing
  let isChanged = false
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const newest = await store.lookup(record.service, () => null)
    if (newest === null) {
      const what = `there is no service ${formatServiceId(record.service)}: its revisions come first.`
      return importing.onRefused(line, what)
    }
    const draft: Draft = { service: record.service, newest, entries: [], problems: [] }
    await addDefault(importing, draft, record)
    for (const alias of record.aliases) await addAlias(importing, draft, alias)
    const appended = await store.appendAll(draft.entries)
    isChanged ||= appended > 0
    if (appended === draft.entries.length) return tell(importing, { line, isChanged, problems: draft.problems })
  }
  throw tooManyConflicts(line)
}

interface Outcome extends Pick<Draft, 'problems'> {
  readonly line: number
  readonly isChanged: boolean
}

function tell(importing: Importing, { line, isChanged, problems }: Outcome): void {
  if (problems.length > 0) importing.onRefused(line, problems.join(' '))
  else if (isChanged) importing.onAdded()
  else importing.onAlreadyThere()
}

// Only where nobody but an import has decided it.
async function addDefault(
  importing: Importing,
  draft: Draft,
  { defaultTag, defaultRule }: ServiceRecord,
): Promise<void> {
  const { head } = draft.newest
  if (!isOpen(head) || defaultTag === undefined) return
  const writer = nextWriter(importing)
  const own: DefaultRule = { by: 'registration', policy: null, reason: '', actor: ACTOR, time: writer.now }
  const rule = defaultRule ?? head.defaultRule ?? own
  if (head.defaultTag === defaultTag && JSON.stringify(head.defaultRule) === JSON.stringify(rule)) return
  if (defaultTag !== null && !(await isChoosableTag(importing.store, draft.service, defaultTag))) {
    draft.problems.push(`the default of ${formatServiceId(draft.service)} is ${defaultTag}, which may not be chosen.`)
    return
  }
  const event = defaultTag === null ? 'default-cleared' : 'default-set'
  push(draft, { event, head: withDefault(head, defaultTag, rule) }, writer)
}

async function isChoosableTag(store: Store, service: ServiceId, tag: RevisionTag): Promise<boolean> {
  const revision = (await store.lookup(service, tag))?.revision
  return revision !== null && revision !== undefined && isChoosable(revision.state)
}

async function addAlias(importing: Importing, draft: Draft, alias: AliasRecord): Promise<void> {
  const { name, follows } = alias
  const current = findAlias(draft.newest.head, name)
  if (current && isSame(current, alias)) return
  const tag = await findTarget(importing.store, draft.service, alias)
  const problem = current ? 'is set to something else' : problemOf(draft, alias, tag)
  if (tag === undefined || problem !== undefined) {
    draft.problems.push(`the alias ${name} of ${formatServiceId(draft.service)} ${problem}.`)
    return
  }
  const writer = nextWriter(importing)
  const head = withAlias(draft.newest.head, { name, follows, tag, etag: writer.id })
  push(draft, { event: 'alias-set', head, alias: name }, writer)
}

function problemOf({ newest }: Draft, alias: AliasRecord, tag: RevisionTag | null | undefined): string | undefined {
  if (tag === undefined) return `points to ${alias.tag}, which is no revision of it`
  const isFull = newest.head.aliases.length >= MAX_ALIASES
  return isFull ? `would be one more than the ${MAX_ALIASES} that it may have` : undefined
}

function push(draft: Draft, change: Omit<Change, 'revision'>, writer: Writer): void {
  const entry = entryAfter(draft.newest, draft.service, { ...change, revision: null }, writer)
  draft.entries.push(entry)
  draft.newest = entry
}

function isSame(current: Alias, { tag, follows }: AliasRecord): boolean {
  return JSON.stringify(current.follows) === JSON.stringify(follows) && (follows !== null || current.tag === tag)
}

// Where an alias follows, what it points to is decided by what is there, not by the record. What is read here may be newer
// than the draft, whose entries are not appended then.
async function findTarget(
  store: Store,
  service: ServiceId,
  { tag, follows }: AliasRecord,
): Promise<RevisionTag | null | undefined> {
  if (follows !== null) {
    const range = parseVersionRange(follows.range, follows.includePrerelease)
    const accepts = ({ state }: Revision) => isChoosable(state)
    return (await findHighest(store, service, { range, accepts, ofChoosable: true }))?.revision?.revisionTag ?? null
  }
  const target = tag === null ? undefined : (await store.lookup(service, tag))?.revision
  return target && target.state.kind !== 'deleted' ? target.revisionTag : undefined
}
