import { bytesOfEntry, bytesOfRevision, bytesOfSnapshot, PageBudget } from '../../domain/entries/page-budget.ts'
import type { Entry, FullHeadSnapshot, FullSnapshot, Revision } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { isKeyOf } from '../../domain/versions/version-key.ts'
import { TURN_MS } from '../../turns.ts'
import { damagedEntry, type Holders, type OpenedEntry, orDamaged } from '../forms/opened-entry.ts'
import { requireGapless } from '../forms/stored-entry.ts'
import { type Kept, KeptLookups } from '../kept-lookups.ts'
import { type Choice, candidateTags, choose, chooseByAlias, requireChosen, selectedTag } from '../selected-tag.ts'
import { aboveNamespace, prefixOf } from '../service-order.ts'
import {
  type ChangesPage,
  type LogPage,
  type LookupResult,
  type NamespacePage,
  type RevisionScan,
  type RevisionSelector,
  type ServiceCount,
  type ServiceList,
  type ServicePage,
  type ServiceSnapshot,
  type StoredChange,
  theDefault,
} from '../store.ts'
import type { LogTable, RegistrationRow } from './log-table.ts'
import { ChangeReader } from './reads/change-reader.ts'
import { findGeneration } from './reads/find-generation.ts'
import { KnownTimes } from './reads/known-times.ts'
import type { RevisionTurn } from './revision-turns.ts'
import { openRow, type Row, releaseKey, requireKeys } from './rows.ts'

/** Reads the log. Call it inside a transaction: some reads need several statements. */
export class LogReader {
  readonly #table: LogTable
  readonly #kept = new KeptLookups()
  readonly #times = new KnownTimes()
  #version = 0

  constructor(table: LogTable) {
    this.#table = table
  }

  /** Begins to read in another transaction. */
  begin(): void {
    this.#version = this.#table.version()
  }

  /** As `Store.readHead`. */
  head(service: ServiceId, generation?: number): FullHeadSnapshot | null {
    return this.#fullHead(service, this.#openAt(service, generation))
  }

  /** As `Store.lookup`. */
  lookup(service: ServiceId, selector: RevisionSelector, generation?: number): LookupResult | null {
    if (generation !== undefined) {
      const at = this.#openAt(service, generation)
      return at && this.#lookupAt(at, selector)
    }
    const kept = this.#kept.get(service, selector)
    if (kept !== undefined) {
      if (this.#isNewest(kept)) return kept.result
      this.#kept.delete(kept)
    }
    const newest = this.#open(service, this.#table.newest(service))
    if (newest === null) return null
    const result = this.#lookupAt(newest, selector)
    this.#kept.offer({ service, selector, newestId: newest.key.id, result, seenAt: this.#version })
    return result
  }

  /** As `Store.lookupForChange`. */
  lookupForChange(service: ServiceId, selector: RevisionSelector, generation?: number): FullSnapshot | null {
    const at = this.#openAt(service, generation)
    const snapshot = this.#fullHead(service, at)
    if (at === null || snapshot === null) return null
    const tag = selectedTag(snapshot.head, selector)
    const holder = tag && this.#ofTag(service, tag, at)
    requireChosen(at.key, selector, { tag, holder })
    const revision = holder && orDamaged(holder.key, () => holder.fullRevision(this.#holders(service)))
    return { ...snapshot, revision }
  }

  /** A part of `Store.readRevisions`, whose whole page has this budget. */
  revisions(service: ServiceId, scan: RevisionScan, budget: PageBudget): RevisionTurn | null {
    const at = this.#openAt(service, scan.generation)
    if (at === null) return null
    const { generation, time } = at.key
    const rows = this.#table.scan(service, scan, generation)
    const { found, isFull } = this.#registeredWithin(service, rows, { at, budget })
    const lookedAt = found.length
    const isLast = lookedAt === rows.length
    const last = isLast && lookedAt < scan.limit ? undefined : rows[lookedAt - 1]
    return {
      ...{ generation, time, head: orDamaged(at.key, () => at.head()), hash: at.hash, lookedAt },
      revisions: found.filter((revision) => revision !== null && !revision.lifecycle.isDeleted) as Revision[],
      last: last ? { revisionTag: last.tag as RevisionTag, ...toPlace(last) } : null,
      end: isFull ? 'full' : isLast ? 'last' : 'turn',
    }
  }

  /** As `Store.readLog`. */
  log(service: ServiceId, page: LogPage): Entry[] {
    const holders = this.#holders(service)
    const budget = new PageBudget()
    const entries: Entry[] = []
    for (const row of this.#table.after(service, page)) {
      requireGapless(service, entries.at(-1)?.generation ?? page.after, [row])
      const entry = toEntry(openRow(service, row), holders)
      requireKeys(entry, row)
      if (!budget.takes(bytesOfEntry(entry))) break
      entries.push(entry)
    }
    return entries
  }

  /** As `Store.readChanges`. */
  changes(service: ServiceId, page: ChangesPage): readonly StoredChange[] | null {
    return new ChangeReader(this.#table, service).page(page)
  }

  /** As `Store.findGeneration`. */
  generationAt(service: ServiceId, time: number): number | null {
    return findGeneration({ table: this.#table, times: this.#times }, service, time)
  }

  /** As `Store.findRequest`. */
  request(service: ServiceId, requestId: string): Entry | null {
    const found = this.#open(service, this.#table.ofRequest(service, requestId))
    if (found === null) return null
    const entry = toEntry(found, this.#holders(service))
    if (entry.request?.id !== requestId) throw damagedEntry(entry)
    return entry
  }

  /** As `Store.readServices`. */
  services({ prefix = '', after = '', limit }: ServicePage): ServiceList {
    const budget = new PageBudget()
    const services: ServiceSnapshot[] = []
    const found = this.#table.services(prefix, after, limit)
    for (const service of found) {
      const newest = this.#open(service, this.#table.newest(service))
      if (newest === null) continue
      const { alias: _, ...snapshot } = this.#snapshotAt(newest, theDefault)
      if (!budget.takes(bytesOfSnapshot(snapshot))) return { services, hasMore: true }
      services.push({ service, ...snapshot })
    }
    return { services, hasMore: found.length === limit }
  }

  /** As `Store.readNamespaces`. It looks into the index once for each namespace, however many services that has. */
  namespaces({ after = '', limit }: NamespacePage): string[] {
    const found: string[] = []
    while (found.length < limit) {
      const last = found.at(-1) ?? after
      const [next] = this.#table.services('', last === '' ? '' : aboveNamespace(last), 1)
      if (next === undefined) break
      found.push(next.namespace)
    }
    return found
  }

  /** As `Store.countServices`. */
  serviceCount({ namespace, most }: ServiceCount): number {
    return this.#table.services(prefixOf(namespace), '', most).length
  }

  #lookupAt(at: OpenedEntry, selector: RevisionSelector): LookupResult {
    const snapshot = this.#snapshotAt(at, selector)
    const candidates = candidateTags(snapshot.head, selector).map((tag) => this.#candidate(tag, at))
    return { ...snapshot, candidates }
  }

  #snapshotAt(at: OpenedEntry, selector: RevisionSelector): Omit<LookupResult, 'candidates'> {
    const { service, generation, time } = at.key
    const { head, tag, alias } = this.#choose(service, at, selector)
    const holder = tag && this.#ofTag(service, tag, at)
    requireChosen(at.key, selector, { tag, holder })
    return { generation, time, head, hash: at.hash, revision: holder && this.#revision(holder), alias }
  }

  #candidate(tag: RevisionTag, at: OpenedEntry): Revision {
    const holder = this.#ofTag(at.key.service, tag, at)
    const candidate = holder && this.#revision(holder)
    if (candidate === null) throw damagedEntry(at.key)
    return candidate
  }

  // Nothing at all was written between two transactions at the same version.
  #isNewest(kept: Kept): boolean {
    if (kept.seenAt === this.#version) return true
    if (this.#table.newestId(kept.service) !== kept.newestId) return false
    kept.seenAt = this.#version
    return true
  }

  #fullHead(service: ServiceId, newest: OpenedEntry | null): FullHeadSnapshot | null {
    if (newest === null) return null
    const { generation, time } = newest.key
    const head = orDamaged(newest.key, () => newest.fullHead(this.#holders(service)))
    return { generation, time, head, hash: newest.hash }
  }

  #ofTag(service: ServiceId, tag: string, newest: OpenedEntry): OpenedEntry | null {
    if (newest.key.tag === tag) return newest
    return this.#open(service, this.#table.ofTag(service, tag, newest.key.generation))
  }

  #choose(service: ServiceId, newest: OpenedEntry, selector: RevisionSelector): Choice {
    return orDamaged(newest.key, () =>
      selector.by === 'alias'
        ? chooseByAlias(newest.fullHead(this.#holders(service)), selector)
        : choose(newest.head(), selector),
    )
  }

  #revision(holder: OpenedEntry): Revision | null {
    return orDamaged(holder.key, () => holder.revision(this.#holders(holder.key.service)))
  }

  // As many as fit on the page and into the turn, the deleted ones included, because they are read, too.
  #registeredWithin(
    service: ServiceId,
    rows: readonly RegistrationRow[],
    { at, budget }: { readonly at: OpenedEntry; readonly budget: PageBudget },
  ): { found: (Revision | null)[]; isFull: boolean } {
    const began = performance.now()
    const found: (Revision | null)[] = []
    for (const row of rows) {
      const revision = this.#registered(service, row, at)
      if (revision !== null && !budget.takes(bytesOfRevision(revision))) return { found, isFull: true }
      found.push(revision)
      if (performance.now() - began > TURN_MS) break
    }
    return { found, isFull: false }
  }

  // Null if the tag was registered again after its deletion: then its newer registration finds it.
  #registered(service: ServiceId, row: RegistrationRow, at: OpenedEntry): Revision | null {
    const holder = this.#ofTag(service, row.tag, at)
    const revision = holder && this.#revision(holder)
    if (revision?.ordinal !== row.generation) return null
    const { revisionTag, registeredAt } = revision
    const isSame =
      registeredAt === row.registered_at &&
      row.version !== null &&
      isKeyOf(revisionTag, row.version) &&
      releaseKey(revisionTag) === row.release
    if (!isSame) throw damagedEntry({ service, generation: row.generation })
    return revision
  }

  #openAt(service: ServiceId, generation: number | undefined): OpenedEntry | null {
    return this.#open(
      service,
      generation === undefined ? this.#table.newest(service) : this.#table.at(service, generation),
    )
  }

  #open(service: ServiceId, row: Row | undefined): OpenedEntry | null {
    return row === undefined ? null : openRow(service, row)
  }

  // Many entries of one page may name the same holder.
  #holders(service: ServiceId): Holders {
    const opened = new Map<number, OpenedEntry>()
    return (generation) => {
      const known = opened.get(generation) ?? this.#open(service, this.#table.at(service, generation))
      if (known === null) throw damagedEntry({ service, generation })
      opened.set(generation, known)
      return known
    }
  }
}

function toPlace({ generation, registered_at }: RegistrationRow): Pick<Revision, 'registeredAt' | 'ordinal'> {
  return { registeredAt: registered_at ?? 0, ordinal: generation }
}

function toEntry(opened: OpenedEntry, holders: Holders): Entry {
  return orDamaged(opened.key, () => opened.entry(holders))
}
