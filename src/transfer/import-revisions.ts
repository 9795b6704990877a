import { registrationEntry } from '../domain/entries/new-entry.ts'
import { type Entry, type FullHeadSnapshot, type FullRevision, isSameRegistration } from '../domain/log.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import { formatSruid } from '../domain/sruid.ts'
import { CONFLICT, retryOnConflict } from '../registry/core/optimistic-retry.ts'
import type { Store } from '../store/store.ts'
import { type Importing, type Line, nextWriter } from './importing.ts'
import type { RevisionRecord } from './records.ts'

type RevisionLine = Line<RevisionRecord>

/** The entries for some lines of one service, and the results to report after they are stored. */
interface Draft {
  newest: FullHeadSnapshot | null
  readonly revisions: Map<RevisionTag, FullRevision>
  readonly entries: Entry[]
  /** For each line, its result and the number of entries that must be stored before it is true. */
  readonly outcomes: { readonly entries: number; readonly tell: () => void }[]
}

/** Imports revisions of one service. Throws `TOO_MANY_CONFLICTS` if other writers were first every time. */
export async function importRevisions(importing: Importing, lines: readonly RevisionLine[]): Promise<void> {
  let rest = lines
  while (rest.length > 0) {
    const done = await retryOnConflict(`The service of line ${rest[0]?.line}`, () => importSome(importing, rest))
    rest = rest.slice(done)
  }
}

// Returns the number of lines that are done. The rest conflicted with another writer of the service.
async function importSome(importing: Importing, lines: readonly RevisionLine[]): Promise<number | typeof CONFLICT> {
  const draft = await startDraft(importing.store, lines)
  for (const line of lines) addLine(importing, draft, line)
  const appended = draft.entries.length === 0 ? 0 : await importing.store.appendAll(draft.entries)
  const done = draft.outcomes.filter(({ entries }) => entries <= appended)
  for (const { tell } of done) tell()
  return done.length > 0 ? done.length : CONFLICT
}

async function startDraft(store: Store, lines: readonly RevisionLine[]): Promise<Draft> {
  const { sruid: service } = (lines[0] as RevisionLine).record
  const newest = await store.readHead(service)
  const tags = newest === null ? [] : lines.map(({ record }) => record.sruid.revisionTag)
  const found = await Promise.all(tags.map((tag) => store.lookupForChange(service, { by: 'tag', tag })))
  const revisions = found.flatMap((snapshot) => snapshot?.revision ?? [])
  return {
    newest,
    revisions: new Map(revisions.map((revision) => [revision.revisionTag, revision])),
    entries: [],
    outcomes: [],
  }
}

function addLine(importing: Importing, draft: Draft, { line, record }: RevisionLine): void {
  const { sruid } = record
  const stored = draft.revisions.get(sruid.revisionTag)
  if (stored === undefined) addEntry(importing, draft, record)
  const tell = () => {
    if (stored === undefined) importing.onAdded()
    else if (isSameRegistration(stored, { ...record, info: record.registeredInfo ?? record.info }))
      importing.onAlreadyThere()
    else
      importing.onRefused(
        line,
        `${formatSruid(sruid)} is registered with other content; import the record under another revision tag.`,
      )
  }
  draft.outcomes.push({ entries: draft.entries.length, tell })
}

function addEntry(importing: Importing, draft: Draft, record: RevisionRecord): void {
  const { isDefault, kind: _, ...registration } = record
  const becomesDefault = isDefault && (draft.newest === null || draft.newest.head.isDefaultImported)
  const said = { ...registration, ...nextWriter(importing), becomesDefault }
  const entry = registrationEntry(draft.newest, said)
  draft.entries.push(entry)
  draft.newest = entry
  draft.revisions.set(record.sruid.revisionTag, entry.revision)
}
