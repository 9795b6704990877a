import type { RevisionEvent } from '../../domain/entries/events.ts'
import { active, type Deprecation, deleted, type Lifecycle } from '../../domain/lifecycle.ts'
import { type FullRevision, registeredInfoOf } from '../../domain/log.ts'
import { differences, fieldNameOf, isSameInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import { formatSruid } from '../../domain/sruid.ts'
import type { Kind } from '../outcome.ts'
import type { RevisionRecord } from '../record/records.ts'

/** One change that brings a stored revision nearer to its record. */
export interface Step {
  readonly kind: Kind
  readonly event: RevisionEvent
  readonly reason: string
  /** The information or the lifecycle after the change. */
  readonly after: Partial<Pick<FullRevision, 'info' | 'lifecycle'>>
}

/** The differences between a stored revision and its record. */
export interface Comparison {
  /** The reason why the record cannot be imported. Undefined: it can. */
  readonly problem?: string
  /** The changes that make them the same, in their order. */
  readonly steps: readonly Step[]
  /** The facts of the registration that differ. They never change. */
  readonly facts: readonly string[]
}

/** Compares a stored revision with its record. A dump of django-twined says nothing of the information and the lifecycle. */
export function compareRevision(stored: FullRevision, record: RevisionRecord): Comparison {
  const facts = differentFacts(stored, record)
  const problem = problemWith(stored, record)
  if (problem !== undefined) return { problem, steps: [], facts }
  if (record.isPartial) return { steps: [], facts }
  return { steps: [...infoSteps(stored, record), ...lifecycleSteps(stored.lifecycle, record.lifecycle)], facts }
}

// A yank here and a deletion by somebody are no problem. They are kept, as every change by somebody is.
function problemWith(stored: FullRevision, { sruid, info, registeredInfo, lifecycle, isPartial }: RevisionRecord) {
  const others = isPartial ? [] : differences(registeredInfoOf(stored), registeredInfo ?? info).map(fieldNameOf)
  if (others.length > 0) {
    const differ = `${others.join(', ')} ${others.length === 1 ? 'differs' : 'differ'}`
    return `${formatSruid(sruid)} is registered with other content (${differ}); import the record under another revision tag.`
  }
  if (!stored.lifecycle.isDeleted || lifecycle.isDeleted || stored.writtenBy !== 'import') return undefined
  return `${formatSruid(sruid)} is deleted, and a deleted tag is never registered again; import the record under another revision tag.`
}

function differentFacts(stored: FullRevision, record: RevisionRecord): string[] {
  const { requestedDefault = stored.requestedDefault, registeredAt, registeredBy } = record
  return [
    ...(stored.registeredAt === registeredAt ? [] : ['register_time']),
    ...(stored.registeredBy === registeredBy ? [] : ['registered_by']),
    ...(stored.requestedDefault === requestedDefault ? [] : ['requested_default']),
  ]
}

function infoSteps({ info: stored }: FullRevision, { info }: RevisionRecord): Step[] {
  if (isSameInfo(stored, info)) return []
  return [{ kind: 'information', event: 'revision-updated', reason: '', after: { info: withOldParts(stored, info) } }]
}

// A part that is the same stays the same object, because entries compare parts by identity first.
function withOldParts(stored: RevisionInfo, info: RevisionInfo): RevisionInfo {
  const changed = differences(stored, info)
  return { ...stored, ...Object.fromEntries(changed.map((part) => [part, info[part]])) }
}

// A revision is yanked before it is deleted, as in the API.
function lifecycleSteps(stored: Lifecycle, wanted: Lifecycle): Step[] {
  if (stored.isDeleted || wanted.isDeleted) return stored.isDeleted === wanted.isDeleted ? [] : deletionSteps(stored)
  const steps: Step[] = []
  let now = stored
  const add = (kind: Kind, event: RevisionEvent, reason: string, lifecycle: Lifecycle) => {
    now = isPlain(lifecycle) ? active : lifecycle
    steps.push({ kind, event, reason, after: { lifecycle: now } })
  }
  const { deprecation, yank } = wanted
  if (!isSameDeprecation(stored.deprecation, deprecation)) {
    if (deprecation === null) add('undeprecated', 'revision-undeprecated', '', { ...now, deprecation })
    else add('deprecated', 'revision-deprecated', deprecation.message, { ...now, deprecation })
  }
  if (stored.yank?.reason !== yank?.reason) {
    if (yank === null) add('unyanked', 'revision-unyanked', '', { ...now, yank })
    else add('yanked', 'revision-yanked', yank.reason, { ...now, yank })
  }
  return steps
}

function isSameDeprecation(a: Deprecation | null, b: Deprecation | null): boolean {
  return a?.message === b?.message && a?.replacement === b?.replacement
}

function deletionSteps(stored: Lifecycle): Step[] {
  const yanked: Lifecycle = { ...stored, yank: stored.yank ?? { reason: '' } }
  const yank: Step = { kind: 'yanked', event: 'revision-yanked', reason: '', after: { lifecycle: yanked } }
  const deletion: Step = { kind: 'deleted', event: 'revision-deleted', reason: '', after: { lifecycle: deleted } }
  return stored.yank === null && !stored.isDeleted ? [yank, deletion] : [deletion]
}

function isPlain({ yank, deprecation }: Lifecycle): boolean {
  return yank === null && deprecation === null
}
