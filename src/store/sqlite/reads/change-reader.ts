import type { Before } from '../../../domain/entries/compute-delta.ts'
import { bytesOfChange, PageBudget } from '../../../domain/entries/page-budget.ts'
import { emptyHead, type FullHead } from '../../../domain/head.ts'
import { type Entry, type FullRevision, isRevisionEntry } from '../../../domain/log.ts'
import type { ServiceId } from '../../../domain/sruid.ts'
import { damagedEntry, type Holders, type OpenedEntry, orDamaged } from '../../forms/opened-entry.ts'
import type { ChangesPage, StoredChange } from '../../store.ts'
import type { LogTable } from '../log-table.ts'
import { type KeyColumns, openRow, type Row, requireKeys } from '../rows.ts'

interface Opened {
  readonly opened: OpenedEntry
  readonly row: Row & KeyColumns
}

/** Reads changes of one service. The entry before one is usually the next one, so each is opened once. */
export class ChangeReader {
  readonly #table: LogTable
  readonly #service: ServiceId
  readonly #opened = new Map<number, Opened>()
  readonly #holders: Holders = (generation) => this.#at(generation).opened

  constructor(table: LogTable, service: ServiceId) {
    this.#table = table
    this.#service = service
  }

  /** As `Store.readChanges`. */
  page(page: ChangesPage): readonly StoredChange[] | null {
    const newest = this.#table.newestGeneration(this.#service)
    if (newest === undefined) return null
    const budget = new PageBudget()
    const changes: StoredChange[] = []
    for (const generation of this.#generations(page, newest)) {
      const entry = this.#entry(generation)
      const change = { entry, before: this.#before(entry) }
      if (!budget.takes(bytesOfChange(change))) break
      changes.push(change)
    }
    return changes
  }

  #generations({ before = Number.MAX_SAFE_INTEGER, after = 0, tag, limit }: ChangesPage, newest: number): number[] {
    if (tag !== undefined) return this.#table.generationsOfTag(this.#service, tag, { before, after, limit })
    const first = Math.min(before - 1, newest)
    return Array.from({ length: Math.max(0, Math.min(limit, first - after)) }, (_, index) => first - index)
  }

  #entry(generation: number): Entry {
    const { opened, row } = this.#at(generation)
    const entry = orDamaged(opened.key, () => opened.entry(this.#holders))
    requireKeys(entry, row)
    return entry
  }

  #before(entry: Entry): Before {
    return { head: this.#headAt(entry.generation - 1), revision: this.#revisionBefore(entry) }
  }

  #headAt(generation: number): FullHead {
    if (generation === 0) return emptyHead
    const { opened } = this.#at(generation)
    return orDamaged(opened.key, () => opened.fullHead(this.#holders))
  }

  #revisionBefore(entry: Entry): FullRevision | null {
    if (!isRevisionEntry(entry) || entry.event === 'revision-registered') return null
    const bounds = { before: entry.generation, after: 0, limit: 1 }
    const [generation] = this.#table.generationsOfTag(this.#service, entry.revision.revisionTag, bounds)
    if (generation === undefined) throw damagedEntry(entry)
    const { opened } = this.#at(generation)
    return orDamaged(opened.key, () => opened.fullRevision(this.#holders))
  }

  #at(generation: number): Opened {
    const known = this.#opened.get(generation)
    if (known !== undefined) return known
    const row = this.#table.withKeysAt(this.#service, generation)
    if (row === undefined) throw damagedEntry({ service: this.#service, generation })
    const found = { opened: openRow(this.#service, row), row }
    this.#opened.set(generation, found)
    return found
  }
}
