import type { Head } from '../../../domain/head.ts'
import type { Entry, FullHeadSnapshot, FullRevision, Revision } from '../../../domain/log.ts'
import type { ServiceId } from '../../../domain/sruid.ts'
import { damagedEntry, type Holders, type OpenedEntry, orDamaged } from '../../forms/opened-entry.ts'
import { bytesOfDocument, type EntryDocument, openDocument } from '../documents.ts'

/** A document, and the documents that have its large parts, as far as they were asked for. */
export type FoundDocument = EntryDocument & { readonly holders?: readonly EntryDocument[] }

/** An entry, and the entries that were read with it. */
export interface FoundEntry {
  readonly opened: OpenedEntry
  readonly holders: Holders
}

/** About the size in bytes of documents and of their holders. */
export function bytesOfFound(documents: readonly FoundDocument[]): number {
  const all: EntryDocument[] = documents.flatMap((document) => [document, ...(document.holders ?? [])])
  return all.reduce((sum, document) => sum + bytesOfDocument(document), 0)
}

// Many lookups of one turn may share a document.
const opened = new WeakMap<FoundDocument, FoundEntry>()

/** Checks and parses a document, once. Throws as `openEntry` does. */
export function openFound(service: ServiceId, document: FoundDocument): FoundEntry {
  const known = opened.get(document)
  if (known !== undefined) return known
  const { holders = [] } = document
  const found = { opened: openDocument(service, document), holders: holdersAmong(service, holders) }
  opened.set(document, found)
  return found
}

/** Finds holders among these documents. Many entries of one page may name the same holder, which is opened once. */
export function holdersAmong(service: ServiceId, documents: readonly EntryDocument[]): Holders {
  const opened = new Map<number, OpenedEntry>()
  return (generation) => {
    const known = opened.get(generation)
    if (known !== undefined) return known
    const document = documents.find((each) => each.generation === generation)
    if (document === undefined) throw damagedEntry({ service, generation })
    const holder = openDocument(service, document)
    opened.set(generation, holder)
    return holder
  }
}

export function toHead({ opened }: FoundEntry): Head {
  return orDamaged(opened.key, () => opened.head())
}

export function toFullHead({ opened, holders }: FoundEntry): FullHeadSnapshot {
  const { generation, time } = opened.key
  const head = orDamaged(opened.key, () => opened.fullHead(holders))
  return { generation, time, head, hash: opened.hash }
}

export function toRevision({ opened, holders }: FoundEntry): Revision | null {
  return orDamaged(opened.key, () => opened.revision(holders))
}

export function toFullRevision({ opened, holders }: FoundEntry): FullRevision | null {
  return orDamaged(opened.key, () => opened.fullRevision(holders))
}

export function toEntry({ opened, holders }: FoundEntry): Entry {
  return orDamaged(opened.key, () => opened.entry(holders))
}
