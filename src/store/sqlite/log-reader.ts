import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Entry, Revision, Snapshot } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, parseServiceReference, type ServiceId } from '../../domain/sruid.ts'
import { ABOVE_ALL_KEYS } from '../../domain/versions/version-key.ts'
import { selectedTag } from '../selected-tag.ts'
import { aboveNamespace, abovePrefix, firstBehind } from '../service-order.ts'
import {
  type LogPage,
  type NamespacePage,
  type RevisionPage,
  type RevisionScan,
  type RevisionSelector,
  type ServicePage,
  type ServiceSnapshot,
  theDefault,
} from '../store.ts'
import { type Row, toEntry } from './rows.ts'

const COLUMNS = 'generation, id, tag, time, body'

/** The columns of a row that registered a revision. */
interface RegistrationRow {
  readonly ordinal: number
  readonly tag: RevisionTag
  readonly registeredAt: number
}

/** Reads the log. Call it inside a transaction: some reads need several statements. */
export class LogReader {
  readonly #idAt: StatementSync
  readonly #newest: StatementSync
  readonly #revision: StatementSync
  readonly #after: StatementSync
  readonly #request: StatementSync
  readonly #services: StatementSync
  readonly #scans: Readonly<Record<'registration' | 'version' | 'release', StatementSync>>

  constructor(db: DatabaseSync) {
    const select = (rest: string) => db.prepare(`SELECT ${COLUMNS} FROM entries WHERE service = ? AND ${rest}`)
    const scan = (key: string, bounds: string) =>
      db.prepare(
        `SELECT generation AS ordinal, tag, registered_at AS registeredAt FROM entries
         WHERE service = ? AND ${bounds} AND (${key}, generation) < (?, ?) AND generation <= ?
         ORDER BY ${key} DESC, generation DESC LIMIT ?`,
      )
    this.#idAt = db.prepare('SELECT id FROM entries WHERE service = ? AND generation = ?')
    this.#newest = select('generation >= 0 ORDER BY generation DESC LIMIT 1')
    this.#revision = select('tag = ? AND generation <= ? ORDER BY generation DESC LIMIT 1')
    this.#after = select('generation > ? ORDER BY generation LIMIT ?')
    this.#request = select('request = ? ORDER BY generation LIMIT 1')
    this.#services = db.prepare(
      'SELECT service FROM entries WHERE generation = 1 AND service >= ? AND service < ? ORDER BY service LIMIT ?',
    )
    this.#scans = {
      registration: scan('registered_at', 'registered_at IS NOT NULL'),
      version: scan('version', 'version >= ?'),
      release: scan('release', 'release >= ?'),
    }
  }

  /** The id of the entry at a generation; undefined if there is no such entry. */
  idAt(service: ServiceId, generation: number): string | undefined {
    return this.#idAt.get(formatServiceId(service), generation)?.id as string | undefined
  }

  /** The newest entry of a service, which contains its newest head; null if the service has no entry. */
  newest(service: ServiceId): Entry | null {
    return this.#entry(service, this.#newest.get(formatServiceId(service)))
  }

  /** As `Store.lookup`. */
  lookup(service: ServiceId, selector: RevisionSelector): Snapshot | null {
    const newest = this.newest(service)
    if (newest === null) return null
    const { generation, time, head } = newest
    const tag = selectedTag(head, selector)
    if (tag === null) return { generation, time, head, revision: null }
    const isNewest = newest.revision?.revisionTag === tag
    return { generation, time, head, revision: isNewest ? newest.revision : this.#revisionAt(service, tag, generation) }
  }

  /** As `Store.readRevisions`. */
  revisions(service: ServiceId, scan: RevisionScan): RevisionPage | null {
    const newest = this.newest(service)
    const generation = scan.generation ?? newest?.generation ?? 0
    const at = newest?.generation === generation ? newest : this.#entryAt(service, generation)
    if (at === null) return null
    const rows = this.#scan(service, scan, generation)
    const found = rows.map((row) => this.#revisionOf(service, row, at))
    const last = rows.length < scan.limit ? undefined : rows.at(-1)
    return {
      ...{ generation, time: at.time, head: at.head },
      revisions: found.filter((revision) => revision !== null),
      last: last ? { revisionTag: last.tag, registeredAt: last.registeredAt, ordinal: last.ordinal } : null,
    }
  }

  /** As `Store.readLog`. */
  log(service: ServiceId, { after, limit }: LogPage): Entry[] {
    const rows = this.#after.all(formatServiceId(service), after, limit) as unknown as Row[]
    return rows.map((row) => toEntry(service, row))
  }

  /** As `Store.findRequest`. */
  request(service: ServiceId, requestId: string): Entry | null {
    return this.#entry(service, this.#request.get(formatServiceId(service), requestId))
  }

  /** As `Store.readServices`. */
  services({ prefix = '', after = '', limit }: ServicePage): ServiceSnapshot[] {
    return this.#serviceIds(prefix, after, limit).flatMap((service) => {
      const snapshot = this.lookup(service, theDefault)
      return snapshot === null ? [] : [{ service, ...snapshot }]
    })
  }

  /** As `Store.readNamespaces`. It looks into the index once for each namespace, however many services that has. */
  namespaces({ after = '', limit }: NamespacePage): string[] {
    const found: string[] = []
    while (found.length < limit) {
      const last = found.at(-1) ?? after
      const [next] = this.#serviceIds('', last === '' ? '' : aboveNamespace(last), 1)
      if (next === undefined) break
      found.push(next.namespace)
    }
    return found
  }

  #serviceIds(prefix: string, after: string, limit: number): ServiceId[] {
    const from = firstBehind(prefix, after)
    const rows = this.#services.all(from, abovePrefix(prefix), limit) as unknown as { service: string }[]
    return rows.map(({ service }) => parseServiceReference(service).service)
  }

  #scan(service: ServiceId, scan: RevisionScan, generation: number): RegistrationRow[] {
    const key = formatServiceId(service)
    const rest = [generation, scan.limit]
    if (scan.order === 'registration') {
      const { registeredAt = Number.MAX_SAFE_INTEGER, ordinal = 0 } = scan.after ?? {}
      return this.#scans.registration.all(key, registeredAt, ordinal, ...rest) as unknown as RegistrationRow[]
    }
    const { versionKey = scan.to ?? ABOVE_ALL_KEYS, ordinal = 0 } = scan.after ?? {}
    const statement = scan.releasesOnly ? this.#scans.release : this.#scans.version
    return statement.all(key, scan.from ?? '', versionKey, ordinal, ...rest) as unknown as RegistrationRow[]
  }

  #revisionAt(service: ServiceId, tag: RevisionTag, generation: number): Revision | null {
    return this.#entry(service, this.#revision.get(formatServiceId(service), tag, generation))?.revision ?? null
  }

  // Null if the tag was deleted, or registered again after that: then its newer registration finds it.
  #revisionOf(service: ServiceId, { tag, ordinal }: RegistrationRow, at: Entry): Revision | null {
    const isNewest = at.revision?.revisionTag === tag
    const revision = isNewest ? at.revision : this.#revisionAt(service, tag, at.generation)
    return revision?.ordinal === ordinal && !revision.lifecycle.isDeleted ? revision : null
  }

  #entryAt(service: ServiceId, generation: number): Entry | null {
    return this.log(service, { after: generation - 1, limit: 1 })[0] ?? null
  }

  #entry(service: ServiceId, row: unknown): Entry | null {
    return row === undefined ? null : toEntry(service, row as Row)
  }
}
