import type { Alias } from '../../domain/alias.ts'
import type { Statement } from '../../domain/entries/replay.ts'
import { quote, RegistryError } from '../../domain/errors.ts'
import type { FullHead, Head } from '../../domain/head.ts'
import type { Entry, FullRevision, Revision } from '../../domain/log.ts'
import type { RevisionInfo } from '../../domain/revision-info.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'

/** The parts of an entry that a store keeps in columns or fields, because it searches by them. */
export interface EntryKey {
  readonly id: string
  readonly service: ServiceId
  readonly generation: number
  readonly time: number
  /** The tag of the entry's revision; empty: the entry has no revision. */
  readonly tag: string
}

/** The generations of the earlier entries that have large parts of an entry. Absent: the entry has the part itself. */
export interface Elsewhere {
  /** The list of all aliases. */
  readonly aliases?: number
  /** The information about the revision. */
  readonly info?: number
  /** The information in the registration. */
  readonly registration?: number
}

/** The newest form that this version knows. */
export const NEWEST_FORM = 3

/** Returns the entry of a generation, which `elsewhere` names. */
export type Holders = (generation: number) => OpenedEntry

/** An entry whose checksum is right and whose body is parsed. It may need others for its large parts. */
export interface OpenedEntry {
  readonly key: EntryKey
  /** Null: it is of form 1 or 2, which have no chain. */
  readonly hash: string | null
  readonly elsewhere: Elsewhere
  head(): Head
  /** Needs `elsewhere.aliases`. */
  fullHead(holders: Holders): FullHead
  /** Needs `elsewhere.info`. Null: the entry has no revision. */
  revision(holders: Holders): Revision | null
  /** Needs `elsewhere.info` and `elsewhere.registration`. */
  fullRevision(holders: Holders): FullRevision | null
  /** Needs everything in `elsewhere`. */
  entry(holders: Holders): Entry
  /** The statement of the entry. Null: it is of form 1 or 2, which have no chain. */
  statement(): Statement | null
  /** The parts that later entries name by this entry's generation. Each throws `DAMAGED_ENTRY` if the entry has none. */
  readonly parts: Parts
}

/** The large parts that an entry may have for later ones. */
export interface Parts {
  /** The list of all aliases. */
  aliases(): readonly Alias[]
  /** The information about the revision. */
  info(): RevisionInfo
  /** The information in the registration. */
  registration(): RevisionInfo
}

/** Reads a part of the entry that `elsewhere` names. */
export function partOf<P extends keyof Parts>(holders: Holders, generation: number, part: P): ReturnType<Parts[P]> {
  const { key, parts } = holders(generation)
  return orDamaged(key, () => parts[part]() as ReturnType<Parts[P]>)
}

/** Reads an entry, and reports any error as damage of it: its body does not have the shape that it was written in. */
export function orDamaged<T>(key: Pick<EntryKey, 'service' | 'generation'>, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw cause instanceof RegistryError ? cause : damagedEntry(key, cause)
  }
}

/** The error for an entry that cannot be read. */
export function damagedEntry({ service, generation }: Pick<EntryKey, 'service' | 'generation'>, cause?: unknown) {
  return damaged(`entry ${generation} of ${formatServiceId(service)}`, cause)
}

/** The error for the first entry of a service that an index finds by a text that is not its service. */
export function damagedService(text: string, cause?: unknown) {
  return damaged(`entry 1 of ${quote(text)}`, cause)
}

/** The error for an entry of a form that only newer versions know. */
export function newerEntry({ service, generation }: Pick<EntryKey, 'service' | 'generation'>, form: number) {
  const what = `entry ${generation} of ${formatServiceId(service)} has form ${form}`
  const message = `${what}, and this version of Waypost reads forms 1 to ${NEWEST_FORM}; use a newer Waypost.`
  return new RegistryError({ reason: 'NEWER_ENTRY', message })
}

/** The error for an entry of a kind that only newer versions know. */
export function newerEvent({ service, generation }: Pick<EntryKey, 'service' | 'generation'>, event: string) {
  const what = `entry ${generation} of ${formatServiceId(service)} is a change of the kind ${quote(event)}`
  const message = `${what}, which this version of Waypost does not know; use a newer Waypost.`
  return new RegistryError({ reason: 'NEWER_ENTRY', message })
}

function damaged(entry: string, cause: unknown) {
  const message = `${entry} is damaged in the store; restore the store from a backup.`
  return new RegistryError({ reason: 'DAMAGED_ENTRY', message, cause })
}
