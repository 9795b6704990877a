import { type Alias, type AliasName, MAX_ALIASES } from '../../domain/alias.ts'
import { aliasEntry } from '../../domain/entries/new-entry.ts'
import { quote } from '../../domain/errors.ts'
import { findAlias, withAlias, withoutAlias } from '../../domain/head.ts'
import type { FullHeadSnapshot } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { parseVersionRange } from '../../domain/versions/version-range.ts'
import { findHighestChoosable } from '../../registry/core/find-highest.ts'
import { isThere } from '../../registry/core/not-found.ts'
import type { Store } from '../../store/store.ts'
import { type Importing, nextWriter } from '../importing.ts'
import { keep, type Outcome } from '../outcome.ts'
import { readEntries } from '../read-pinned.ts'
import type { AliasRecord } from '../record/records.ts'
import type { Draft } from './draft.ts'

/** The aliases of a service in an input. */
export interface WantedAliases {
  readonly aliases: readonly AliasRecord[]
  readonly outcome: Outcome
  /** Whether the service existed before the import. */
  readonly existed: boolean
}

/** Sets and deletes the aliases of a service as its input says, except those that somebody has changed on this registry. */
export async function followAliases(
  importing: Importing,
  draft: Draft,
  service: ServiceId,
  wanted: WantedAliases,
): Promise<void> {
  const { aliases, outcome } = wanted
  const text = (name: AliasName) => `alias ${quote(name)} of ${formatServiceId(service)}`
  const names = new Set(aliases.map(({ name }) => name))
  for (const { name, isImported } of (draft.newest as FullHeadSnapshot).head.aliases) {
    if (names.has(name)) continue
    if (isImported)
      deleteAlias(importing, draft, service, {
        name,
        onStored: () => outcome.changed.push(['alias deleted', text(name)]),
      })
    else keep(outcome, 'alias deleted', `${text(name)} stays, because somebody set it here`)
  }
  let deletedHere: ReadonlySet<AliasName> | undefined
  for (const alias of aliases) {
    const current = findAlias((draft.newest as FullHeadSnapshot).head, alias.name)
    if (current !== undefined && isSame(current, alias)) continue
    if (current === undefined && wanted.existed) deletedHere ??= await readDeletedHere(importing.store, service)
    const isKept = current === undefined ? deletedHere?.has(alias.name) : !current.isImported
    if (isKept)
      keep(outcome, 'alias set', `${text(alias.name)} stays as somebody ${current ? 'set' : 'deleted'} it here`)
    else await setAlias(importing, draft, service, { alias, outcome, text: text(alias.name) })
  }
}

function deleteAlias(
  importing: Importing,
  draft: Draft,
  service: ServiceId,
  { name, onStored }: { readonly name: AliasName; readonly onStored: () => void },
): void {
  const newest = draft.newest as FullHeadSnapshot
  const change = { service, event: 'alias-deleted', head: withoutAlias(newest.head, name), alias: name } as const
  draft.push(aliasEntry(newest, change, nextWriter(importing)), onStored)
}

interface Setting {
  readonly alias: AliasRecord
  readonly outcome: Outcome
  readonly text: string
}

async function setAlias(
  importing: Importing,
  draft: Draft,
  service: ServiceId,
  { alias, outcome, text }: Setting,
): Promise<void> {
  const newest = draft.newest as FullHeadSnapshot
  const { name, follows } = alias
  const target = await findTarget(importing.store, service, alias)
  if (target === 'deleted here') {
    keep(outcome, 'alias set', `${text} stays as it is, because somebody has deleted ${quote(alias.tag ?? '')} here`)
    return
  }
  const isFull = findAlias(newest.head, name) === undefined && newest.head.aliases.length >= MAX_ALIASES
  if (target === undefined || isFull) {
    const problem =
      target === undefined
        ? `points to ${quote(alias.tag ?? '')}, which does not exist; point it to a revision of the service`
        : `would exceed the maximum of ${MAX_ALIASES} aliases; delete another alias first`
    outcome.problems.push(`${text} ${problem}.`)
    return
  }
  const writer = nextWriter(importing)
  const head = withAlias(newest.head, { name, follows, tag: target, etag: writer.id, isImported: true })
  const change = { service, event: 'alias-set', head, alias: name } as const
  draft.push(aliasEntry(newest, change, writer), () => outcome.changed.push(['alias set', text]))
}

function isSame(current: Alias, { tag, follows }: AliasRecord): boolean {
  if (follows === null || current.follows === null) return follows === current.follows && current.tag === tag
  return current.follows.range === follows.range && current.follows.includePrerelease === follows.includePrerelease
}

// The target of an alias that follows a range depends on the revisions in the store, not on the record. If a revision
// that is read here is newer than the draft, the append of the draft fails.
async function findTarget(
  store: Store,
  service: ServiceId,
  { tag, follows }: AliasRecord,
): Promise<RevisionTag | null | undefined | 'deleted here'> {
  if (follows !== null) {
    const range = parseVersionRange(follows.range, follows.includePrerelease)
    return (await findHighestChoosable(store, service, { range }))?.revision?.revisionTag ?? null
  }
  const target = tag === null ? null : ((await store.lookup(service, { by: 'tag', tag }))?.revision ?? null)
  if (target === null || target.writtenBy === 'import') return isThere(target) ? target.revisionTag : undefined
  return target.lifecycle.isDeleted ? 'deleted here' : target.revisionTag
}

// A head has no trace of a deleted alias, so the log is read. This is rare: an alias is new in the input, or was deleted.
async function readDeletedHere(store: Store, service: ServiceId): Promise<ReadonlySet<AliasName>> {
  const deleted = new Set<AliasName>()
  const newest = await store.readHead(service)
  if (newest === null) return deleted
  let before: readonly Alias[] = []
  for await (const entries of readEntries(store, { service, generation: newest.generation })) {
    for (const { head, writer } of entries) {
      const names = new Set(head.aliases.map(({ name }) => name))
      for (const { name } of before) if (!names.has(name) && writer === 'api') deleted.add(name)
      for (const name of names) deleted.delete(name)
      before = head.aliases
    }
  }
  return deleted
}
