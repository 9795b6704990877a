import type { FullHead } from '../../domain/head.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { parseServiceReference, type ServiceId } from '../../domain/sruid.ts'
import type { Importing } from '../importing.ts'
import type { Place } from '../input/split-records.ts'
import type { LineSorter } from '../line-sorter.ts'
import { type Kind, keep, newOutcome, type Outcome } from '../outcome.ts'
import type { RevisionRecord } from '../record/records.ts'
import { changeRevisions } from './change-revisions.ts'
import { compareRevision } from './compare-revision.ts'
import { Contradictions, findContradiction } from './contradiction.ts'
import { followSettings } from './follow-settings.ts'
import { registerMissing } from './register-missing.ts'

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

/** A line that says whether its revision is the default of the service. It is without the record, which may be large. */
interface Marked extends Waiting {
  readonly tag: RevisionTag
  readonly isDefault: boolean
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
    const contradiction = findContradiction(name, settings, record)
    if (contradiction !== undefined) {
      outcome.problems.push(contradiction)
      importing.tell(place, outcome)
      continue
    }
    const { defaultTag: tag, defaultRule: rule, aliases, rollout } = record
    await followSettings(session, {
      wanted: tag === undefined ? undefined : { tag, rule },
      aliases,
      rollout,
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
  const contradictions = new Contradictions(sorter)
  for (const page of sorter.revisionsOf(name)) {
    const added = new Set<number>()
    const draft = await registerMissing(importing, page, (index) => added.add(index))
    for (const { index, line, record } of page) {
      const outcome: Outcome = { ...newOutcome(), isAdded: added.has(index) }
      const stored = draft.revision(record.sruid.revisionTag)
      const isOther =
        stored !== undefined && !outcome.isAdded && addDifferences(outcome, compareRevision(stored, record))
      const contradiction = contradictions.find({ index, line, record })
      if (contradiction !== undefined && outcome.problems.length === 0) outcome.problems.push(contradiction)
      const differs = isOther && outcome.problems.length === 0
      const isMark = outcome.problems.length === 0 && isMarkOf(record, before)
      const { isDefault, sruid } = record
      const waiting: Marked = { index, line, outcome, tag: sruid.revisionTag, isDefault }
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
  const last = marked.findLast(({ isDefault }) => isDefault) ?? marked.at(-1)
  if (last === undefined) return
  const { isDefault, tag, outcome } = last
  const wanted = { tag: isDefault ? tag : null, rule: null }
  await followSettings(session, { wanted, aliases: undefined, rollout: undefined, outcome, isService: false })
}

// Tells for each mark that was not true before the import whether it is now.
async function compareMarks({ importing, service, before }: Session, marked: readonly Marked[]): Promise<void> {
  const untrue = marked.filter(({ tag, isDefault }) => before !== null && isDefault !== (tag === before.defaultTag))
  if (untrue.length === 0) return
  const after = (await importing.store.readHead(service))?.head.defaultTag
  for (const { tag, isDefault, outcome } of untrue) {
    outcome.defaultIs = isDefault === (tag === after) ? 'changed' : 'kept'
  }
}

async function changeAll(
  { importing, sorter }: Session,
  differing: readonly Waiting[],
  kinds: readonly Kind[],
): Promise<void> {
  let done = 0
  for (const page of sorter.revisionsAt(differing.map(({ index }) => index))) {
    const some = page.map((line, at) => ({ line, outcome: (differing[done + at] as Waiting).outcome }))
    await changeRevisions(importing, some, kinds)
    done += page.length
  }
}
