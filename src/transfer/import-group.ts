import { type Alias, MAX_ALIASES } from '../domain/alias.ts'
import { RegistryError } from '../domain/errors.ts'
import { findAlias, withAlias, withDefault } from '../domain/head.ts'
import { type Entry, entryAfter, type Revision, registrationEntry, type Snapshot } from '../domain/log.ts'
import { differences } from '../domain/revision-info.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import { formatServiceId, formatSruid, type ServiceId } from '../domain/sruid.ts'
import type { Store } from '../store/store.ts'
import type { AliasRecord, RevisionRecord, ServiceRecord } from './records.ts'

/** A record that changes a service, and its line. */
export interface Line {
  readonly line: number
  readonly record: RevisionRecord | ServiceRecord
}

/** What importing needs, and who hears of each record. */
export interface Importing {
  readonly store: Store
  readonly now: () => number
  readonly newId: () => string
  readonly onAdded: () => void
  readonly onAlreadyThere: () => void
  readonly onRefused: (line: number, reason: string) => void
}

/** Who makes the entries of an import. */
const ACTOR = 'import'
const MAX_ATTEMPTS = 100

/** A service while its entries are being made. */
interface Draft {
  readonly service: ServiceId
  newest: Snapshot | null
  readonly revisions: Map<RevisionTag, Revision>
  readonly entries: Entry[]
  /** For each entry, the line that it is of. */
  readonly lineOf: number[]
  /** Told once the entries are stored, since another writer may have been first. */
  readonly outcomes: { readonly index: number; readonly tell: () => void }[]
}

/** Imports records of one service. Throws `TOO_MANY_CONFLICTS` where other writers were faster every time. */
export async function importGroup(importing: Importing, lines: readonly Line[]): Promise<void> {
  let rest = lines
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const draft = await readService(importing.store, rest)
    for (const [index, line] of rest.entries()) addToDraft(importing, draft, index, line)
    const appended = draft.entries.length === 0 ? 0 : await importing.store.appendAll(draft.entries)
    // Up to the first line of which an entry was not stored; that line is looked at again.
    const done = appended === draft.entries.length ? rest.length : (draft.lineOf[appended] ?? 0)
    for (const { index, tell } of draft.outcomes) if (index < done) tell()
    rest = rest.slice(done)
    if (rest.length === 0) return
  }
  throw tooManyConflicts(lines)
}

async function readService(store: Store, lines: readonly Line[]): Promise<Draft> {
  const [first] = lines
  if (first === undefined) throw new Error('there is nothing to import')
  const { namespace, name } = first.record.kind === 'revision' ? first.record.sruid : first.record.service
  const service = { namespace, name }
  const newest = await store.lookup(service, () => null)
  const tags = lines.flatMap(({ record }) => (record.kind === 'revision' ? [record.sruid.revisionTag] : []))
  const found = newest === null ? [] : await Promise.all(tags.map((tag) => store.lookup(service, tag)))
  const revisions = found.flatMap((snapshot) => snapshot?.revision ?? [])
  return {
    service,
    newest,
    revisions: new Map(revisions.map((revision) => [revision.revisionTag, revision])),
    entries: [],
    lineOf: [],
    outcomes: [],
  }
}

function addToDraft(importing: Importing, draft: Draft, index: number, { line, record }: Line): void {
  const before = draft.entries.length
  const problem =
    record.kind === 'revision' ? addRevision(importing, draft, record) : addService(importing, draft, record)
  while (draft.lineOf.length < draft.entries.length) draft.lineOf.push(index)
  const isChanged = draft.entries.length > before
  const tell = () => {
    if (problem !== undefined) importing.onRefused(line, problem)
    else if (isChanged) importing.onAdded()
    else importing.onAlreadyThere()
  }
  draft.outcomes.push({ index, tell })
}

/** Adds the entry of a revision, or says why it is refused. */
function addRevision({ newId, now }: Importing, draft: Draft, record: RevisionRecord): string | undefined {
  const { sruid, isDefault, requestedDefault, ...registration } = record
  const stored = draft.revisions.get(sruid.revisionTag)
  if (stored !== undefined)
    return isSameContent(stored, record) ? undefined : `${formatSruid(sruid)} is registered with other content.`
  const writer = { id: newId(), actor: ACTOR, now: now() }
  const entry = registrationEntry(draft.newest, {
    ...registration,
    ...writer,
    ...{ sruid, requestedDefault, becomesDefault: isDefault },
  })
  push(draft, entry)
  draft.revisions.set(sruid.revisionTag, entry.revision)
  return undefined
}

// What was changed since the registration does not make it another one.
function isSameContent(stored: Revision, { requestedDefault, info, registeredInfo }: RevisionRecord): boolean {
  const registered = stored.registeredInfo ?? stored.info
  return stored.requestedDefault === requestedDefault && differences(registered, registeredInfo ?? info).length === 0
}

/** Adds the entries of a service's aliases and of how its default came to be, or says what is refused. */
function addService({ newId, now }: Importing, draft: Draft, record: ServiceRecord): string | undefined {
  const { service } = draft
  if (draft.newest === null) return `there is no service ${formatServiceId(service)}: its revisions come first.`
  const writer = () => ({ id: newId(), actor: ACTOR, now: now() })
  const { head } = draft.newest
  const { defaultRule, defaultTag } = record
  const isRuleOther = JSON.stringify(head.defaultRule) !== JSON.stringify(defaultRule)
  // Only what this import has made the default: what somebody has set since stays.
  if (defaultRule && head.defaultTag === defaultTag && isRuleOther && head.defaultRule?.actor === ACTOR) {
    const change = { event: 'default-set', revision: null, head: withDefault(head, defaultTag, defaultRule) } as const
    push(draft, entryAfter(draft.newest, service, change, writer()))
  }
  const problems = record.aliases.map((alias) => addAlias(draft, alias, writer()))
  return problems.find((problem) => problem !== undefined)
}

function addAlias(
  draft: Draft,
  { name, tag, follows }: AliasRecord,
  writer: { id: string; actor: string; now: number },
) {
  const newest = draft.newest as Snapshot
  const current = findAlias(newest.head, name)
  if (current !== undefined) {
    const isSame =
      JSON.stringify(current.follows) === JSON.stringify(follows) && (follows !== null || current.tag === tag)
    return isSame ? undefined : `the alias ${name} of ${formatServiceId(draft.service)} is set to something else.`
  }
  if (newest.head.aliases.length >= MAX_ALIASES)
    return `${formatServiceId(draft.service)} has ${MAX_ALIASES} aliases already.`
  const alias: Alias = { name, follows, tag, etag: writer.id }
  const change = { event: 'alias-set', revision: null, head: withAlias(newest.head, alias), alias: name } as const
  push(draft, entryAfter(newest, draft.service, change, writer))
  return undefined
}

function push(draft: Draft, entry: Entry): void {
  draft.entries.push(entry)
  draft.newest = { ...entry, revision: null }
}

function tooManyConflicts([first]: readonly Line[]): RegistryError {
  const message = `line ${first?.line}: other writers kept changing the service; run the import again.`
  return new RegistryError({ code: 'aborted', reason: 'TOO_MANY_CONFLICTS', message })
}
