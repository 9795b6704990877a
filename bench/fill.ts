import { DatabaseSync } from 'node:sqlite'
import { anonymous } from '../src/domain/access/principal.ts'
import { registrationEntry } from '../src/domain/entries/new-entry.ts'
import { emptyHead } from '../src/domain/head.ts'
import { type Entry, type FullHeadSnapshot, snapshotAfter } from '../src/domain/log.ts'
import { builtInPolicies } from '../src/domain/policies/default-policy.ts'
import { parseRevisionTag } from '../src/domain/revision-tag.ts'
import { parseServiceId, type Sruid } from '../src/domain/sruid.ts'
import { newId, newSalt } from '../src/identifiers.ts'
import { RowWriter, toValues } from '../src/store/sqlite/row-writer.ts'
import { toColumns } from '../src/store/sqlite/rows.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'

/** The numbers of services and of revisions in a registry. */
export interface Shape {
  readonly services: number
  readonly revisionsEach: number
  /** Whether all revisions of a service are registered before those of the next. It needs less memory. Default: false. */
  readonly isServiceByService?: boolean
  /** The time of the first registration, in milliseconds since 1970. Each next one is a second later. Default: all are now. */
  readonly since?: number
}

/** The name of the service with that number. Its namespace is `bench`. */
export function serviceName(service: number): string {
  return `service-${String(service).padStart(6, '0')}`
}

/** The tag of the revision with that number. A higher number is a higher version. */
export function tagOf(revision: number): string {
  return `1.${Math.floor(revision / 1000)}.${revision % 1000}`
}

/** The revisions of a shape in the order of their registration. By default: one of each service, then the next of each. */
export function* revisionsOf(shape: Shape): Generator<{ service: number; revision: number }> {
  const { services, revisionsEach, isServiceByService = false } = shape
  if (isServiceByService) {
    for (let index = 0; index < services * revisionsEach; index++) {
      yield { service: Math.floor(index / revisionsEach), revision: index % revisionsEach }
    }
    return
  }
  for (let revision = 0; revision < revisionsEach; revision++) {
    for (let service = 0; service < services; service++) yield { service, revision }
  }
}

/**
 * Writes the same content as the registration of these revisions one by one under the policy `latest-semver`. It uses
 * one transaction, so a million of them take seconds and not minutes.
 */
export async function fill(path: string, shape: Shape): Promise<void> {
  await openSqliteStore(path).close()
  using db = new DatabaseSync(path)
  // These settings are for one large transaction. They do not stay in the file.
  db.exec('PRAGMA cache_size = -500000; BEGIN')
  const rows = new RowWriter(db, 3)
  for (const entry of entriesOf(shape)) rows.insert([toValues(toColumns(entry, 3))])
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
}

/** The entries that the registration of these revisions one by one writes, in their order. */
export function* entriesOf(shape: Shape): Generator<Entry> {
  const newest: FullHeadSnapshot[] = []
  let count = 0
  for (const { service, revision } of revisionsOf(shape)) {
    const now = shape.since === undefined ? Date.now() : timeOf(shape.since, count++)
    const entry = nextEntry(toSruid(service, revision), newest[service] ?? null, now)
    newest[service] = snapshotAfter(entry)
    if (shape.isServiceByService && revision === shape.revisionsEach - 1) delete newest[service]
    yield entry
  }
}

/** The time of a registration, if the first one has the number 0. See `Shape`. */
export function timeOf(since: number, registration: number): number {
  return since + registration * 1_000
}

function nextEntry(sruid: Sruid, newest: FullHeadSnapshot | null, now: number): Entry {
  const { defaultTag: currentDefault, ...highest } = newest?.head ?? emptyHead
  const becomesDefault = builtInPolicies['latest-semver'](sruid, { currentDefault, ...highest })
  const said = { requestedDefault: null, policy: 'latest-semver', principal: anonymous, salt: newSalt() }
  return registrationEntry(newest, { id: newId(), sruid, becomesDefault, now, ...said })
}

function toSruid(service: number, revision: number): Sruid {
  return { ...parseServiceId('bench', serviceName(service)), revisionTag: parseRevisionTag(tagOf(revision)) }
}
