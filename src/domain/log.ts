import { compareRevisionTags, isRelease, isSemver } from './revision-order.ts'
import type { RevisionTag } from './revision-tag.ts'
import type { ServiceId, Sruid } from './sruid.ts'

/** A revision as it is stored. */
export interface Revision extends Sruid {
  /** What the registration said of `is_default`; null where it said nothing. A replay must say the same. */
  readonly requestedDefault: boolean | null
  /** When it was registered, in milliseconds since 1970 (UTC). */
  readonly registeredAt: number
}

/** What is true of a service as a whole after an entry. Its size does not grow with the number of revisions. */
export interface Head {
  readonly defaultTag: RevisionTag | null
  /** The highest semantic version registered, pre-releases included. Of equals, the newest. */
  readonly highestSemver: RevisionTag | null
  /** The highest semantic version registered that is not a pre-release. Of equals, the newest. */
  readonly highestRelease: RevisionTag | null
}

/** What an entry records. */
export type LogEvent = 'revision-registered'

/** One change of one service: what happened, and what is true afterwards. Entries are only ever added. */
export interface Entry {
  /** Unique to this entry, chosen by its writer, so that a writer whose answer was lost can recognise it. */
  readonly id: string
  readonly service: ServiceId
  /** 1, 2, 3 … without gaps per service. */
  readonly generation: number
  /** Milliseconds since 1970 (UTC); never before the entry of the generation before. */
  readonly time: number
  /** Who made the change. */
  readonly actor: string
  readonly event: LogEvent
  /** The revision that the change touched, as it is afterwards. */
  readonly revision: Revision
  readonly head: Head
}

/** A service at one generation: its head, and a revision as it was then. */
export interface Snapshot {
  readonly generation: number
  readonly time: number
  readonly head: Head
  /** The revision that was asked for; null where the service had none such. */
  readonly revision: Revision | null
}

/** The head of a service before its first entry. */
export const emptyHead: Head = { defaultTag: null, highestSemver: null, highestRelease: null }

export interface Registration {
  readonly id: string
  readonly sruid: Sruid
  readonly requestedDefault: boolean | null
  readonly becomesDefault: boolean
  readonly actor: string
  /** The writer's clock. The entry's time is later where the service's newest entry is later. */
  readonly now: number
}

/** The entry that registers a revision on top of a service's newest entry (null: the service is new). */
export function registrationEntry(newest: Snapshot | null, registration: Registration): Entry {
  const { id, sruid, requestedDefault, becomesDefault, actor, now } = registration
  const head = newest?.head ?? emptyHead
  const tag = sruid.revisionTag
  const time = Math.max(now, newest?.time ?? 0)
  return {
    id,
    service: { namespace: sruid.namespace, name: sruid.name },
    generation: (newest?.generation ?? 0) + 1,
    time,
    actor,
    event: 'revision-registered',
    revision: { ...sruid, requestedDefault, registeredAt: time },
    head: {
      defaultTag: becomesDefault ? tag : head.defaultTag,
      highestSemver: isSemver(tag) ? highest(head.highestSemver, tag) : head.highestSemver,
      highestRelease: isRelease(tag) ? highest(head.highestRelease, tag) : head.highestRelease,
    },
  }
}

/** Whether the newcomer is at least as high: ties go to the newcomer. */
export function isHighest(newcomer: RevisionTag, current: RevisionTag | null): boolean {
  return current === null || compareRevisionTags(newcomer, current) >= 0
}

function highest(current: RevisionTag | null, newcomer: RevisionTag): RevisionTag | null {
  return isHighest(newcomer, current) ? newcomer : current
}
