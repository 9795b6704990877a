import type { Alias } from '../../domain/alias.ts'
import { RegistryError } from '../../domain/errors.ts'
import type { FullHead, Head } from '../../domain/head.ts'
import type { Entry, FullRevision, Link, Revision } from '../../domain/log.ts'
import type { Endpoint, RevisionInfo } from '../../domain/revision-info.ts'
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
  readonly endpoints?: number
  /** The information in the registration. */
  readonly registration?: number
}

/** Returns the entry of a generation, which `elsewhere` names. */
export type Holders = (generation: number) => OpenedEntry

/** An entry whose checksum is right and whose body is parsed. It may need others for its large parts. */
export interface OpenedEntry {
  readonly key: EntryKey
  readonly link: Pick<Link, 'hash'> | null
  readonly elsewhere: Elsewhere
  head(): Head
  /** Needs `elsewhere.aliases`. */
  fullHead(holders: Holders): FullHead
  /** Needs `elsewhere.endpoints`. Null: the entry has no revision. */
  revision(holders: Holders): Revision | null
  /** Needs `elsewhere.endpoints` and `elsewhere.registration`. */
  fullRevision(holders: Holders): FullRevision | null
  /** Needs everything in `elsewhere`. */
  entry(holders: Holders): Entry
  /** The list of all aliases, which later entries name by this entry's generation. */
  aliasList(): readonly Alias[]
  /** The endpoints, which later entries name by this entry's generation. */
  endpoints(): readonly Endpoint[]
  /** The information in the registration, which later entries name by this entry's generation. */
  registeredInfo(): RevisionInfo
}

/** The error for an entry that cannot be read. */
export function damagedEntry({ service, generation }: Pick<EntryKey, 'service' | 'generation'>, cause?: unknown) {
  const text = formatServiceId(service)
  const message = `entry ${generation} of ${text} is damaged in the store; restore the store from a backup.`
  return new RegistryError({ reason: 'DAMAGED_ENTRY', message, cause })
}
