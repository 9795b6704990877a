import type { FullHead } from '../../domain/head.ts'
import { parseServiceReference, type ServiceId } from '../../domain/sruid.ts'
import type { Importing } from '../importing.ts'
import type { Place } from '../input/split-records.ts'
import type { LineSorter } from '../line-sorter.ts'
import { type Kind, keep, newOutcome, type Outcome } from '../outcome.ts'
import type { RevisionRecord } from '../record/records.ts'
import { changeRevisions } from './change-revisions.ts'
import { compareRevision } from './compare-revision.ts'
import { followSettings } from './follow-settings.ts'
import { registerMissing } from './register-missing.ts'

/** The most revisions to read, to compare and to append together. */
const PAGE = 2_000

/** A service whose records are being imported. */
interface Session {
  readonly importing: Importing
  readonly sorter: LineSorter
  readonly service: ServiceId
  /** The service before the import. Null: it is new. */
  readonly before: FullHead | null
  /** Whether the input has no record of the service that says its default, so that the revisions decide it. */
  readonly revisionsDecide: boolean
}

/** A line whose result is not known yet. */
interface Waiting extends Place {
  readonly outcome: Outcome
}

/** A line that says whether its revision is the default of the service. */
interface Marked extends Waiting {
  readonly record: RevisionRecord
}

// Each kind of change leaves the service usable for its callers. A default moves before the old one is yanked, and an
// alias before its revision is deleted.
const [beforeSettings, yanks, deletions]: readonly (readonly Kind[])[] = [
  ['information', 'deprecated', 'undeprecated', 'unyanked'],
  ['yanked'],
  ['deleted'],
]

/**
 * Brings a service to the state in its records, except for the parts that somebody has changed on this registry. Throws
 * `TOO_MANY_CONFLICTS` if other writers were first every time.
 */
export async function importService(importing: Importing, sorter: LineSorter, name: string): Promise<void> {
  const { service } = parseServiceReference(name)
  const settings = sorter.settingsOf(name)
  const before = (await importing.store.readHead(service))?.head ?? null
  const revisionsDecide = settings.every(({ record }) => record.defaultTag === undefined)
  const session: Session = { importing, sorter, service, before, revisionsDecide }
  const { differing, marked } = await registerAll(session, name)
  await changeAll(session, differing, beforeSettings ?? [])
  for (const { record, ...place } of settings) {
    const outcome = newOutcome()
    const { defaultTag: tag, defaultRule: rule, aliases } = record
    await followSettings(session, {
      wanted: tag === undefined ? undefined : { tag, rule },
      aliases,
      outcome,
      isService: true,
    })
    importing.tell(place, outcome)
  }
  if (revisionsDecide) await followMarks(session, marked)
  await changeAll(session, differing, yanks ?? [])
  await changeAll(session, differing, deletions ?? [])
  await compareMarks(session, marked)
  for (const waiting of new Set([...differing, ...marked])) importing.tell(waiting, waiting.outcome)
  importing.onImported(settings.length)
}

// Registers the missing revisions, and compares the others.
async function registerAll(session: Session, name: string) {
  const { importing, sorter, before } = session
  const differing: Waiting[] = []
  const marked: Marked[] = []
  for (const page of sorter.revisionsOf(name, PAGE)) {
    const added = new Set<number>()
    const draft = await registerMissing(importing, page, (index) => added.add(index))
    for (const { index, line, record } of page) {
      const outcome: Outcome = { ...newOutcome(), isAdded: added.has(index) }
      const stored = draft.revision(record.sruid.revisionTag)
      const differs =
        stored !== undefined && !outcome.isAdded && addDifferences(outcome, compareRevision(stored, record))
      const isMark = outcome.problems.length === 0 && isMarkOf(record, before)
      const waiting = { index, line, outcome, record }
      if (differs) differing.push(waiting)
      if (isMark) marked.push(waiting)
      if (!differs && !isMark) importing.tell(waiting, outcome)
    }
    importing.onImported(page.length)
  }
  return { differing, marked }
}

// Returns whether there is something to change.
function addDifferences(outcome: Outcome, { problem, steps, facts }: ReturnType<typeof compareRevision>): boolean {
  if (problem !== undefined) outcome.problems.push(problem)
  else if (facts.length > 0) keep(outcome, 'registration', `${facts.join(', ')} of the registration here`)
  return steps.length > 0
}

function isMarkOf({ isDefault, sruid }: RevisionRecord, before: FullHead | null): boolean {
  return isDefault || sruid.revisionTag === before?.defaultTag
}

// The last revision that is marked as the default decides. If none is, the service has no default.
async function followMarks(session: Session, marked: readonly Marked[]): Promise<void> {
  const last = marked.findLast(({ record }) => record.isDefault) ?? marked.at(-1)
  if (last === undefined) return
  const { record, outcome } = last
  const wanted = { tag: record.isDefault ? record.sruid.revisionTag : null, rule: null }
  await followSettings(session, { wanted, aliases: undefined, outcome, isService: false })
}

// Tells for each mark that was not true before the import whether it is now.
async function compareMarks({ importing, service, before }: Session, marked: readonly Marked[]): Promise<void> {
  const wasDefault = ({ sruid }: RevisionRecord) => sruid.revisionTag === before?.defaultTag
  const untrue = marked.filter(({ record }) => before !== null && record.isDefault !== wasDefault(record))
  if (untrue.length === 0) return
  const after = (await importing.store.readHead(service))?.head.defaultTag
  for (const { record, outcome } of untrue) {
    outcome.defaultIs = record.isDefault === (record.sruid.revisionTag === after) ? 'changed' : 'kept'
  }
}

async function changeAll(
  { importing, sorter }: Session,
  differing: readonly Waiting[],
  kinds: readonly Kind[],
): Promise<void> {
  for (let at = 0; at < differing.length; at += PAGE) {
    const some = differing.slice(at, at + PAGE)
    const read = some.map(({ index, outcome }) => ({ line: sorter.revisionAt(index), outcome }))
    await changeRevisions(importing, read, kinds)
  }
}
