import type { DatabaseSync } from 'node:sqlite'

const LAST = 'ORDER BY key DESC, generation DESC LIMIT ?6'

/**
 * The registrations of the service ?1 by a column, from the greatest value, after the place (?3, ?4) and up to the
 * generation ?5. At most ?6 of them. The bounds may use ?2.
 */
export function scanQuery(table: string, key: string, bounds: string): string {
  return `${select(table, key, bounds)} ${LAST}`
}

/** As `scanQuery`, by versions from ?2 on. */
export function versionQuery(db: DatabaseSync, table: string): string {
  if (!hasSplitIndex(db)) return scanQuery(table, 'version', 'version >= ?2')
  // SQLite reads both indexes side by side, and neither further than it must.
  const [releases, others] = [
    select(table, 'release', 'release >= ?2'),
    select(table, 'version', 'release IS NULL AND version >= ?2'),
  ]
  return `${releases} UNION ALL ${others} ${LAST}`
}

/**
 * The services from the text ?1 to below ?2, at most ?3 of them. It looks into the unique index twice for each, however
 * many entries the service has. A damaged row of another service is no service, because it is not the first of one.
 */
export function servicesQuery(table: string): string {
  const next = (bound: string) =>
    `(SELECT service FROM ${table} WHERE service ${bound} AND service < ?2 ORDER BY service LIMIT 1)`
  return `
    WITH RECURSIVE found(service) AS (
      SELECT ${next('>= ?1')} UNION ALL SELECT ${next('> found.service')} FROM found WHERE found.service IS NOT NULL
    ) SELECT service FROM found
      WHERE EXISTS (SELECT 1 FROM ${table} WHERE service = found.service AND generation = 1) LIMIT ?3`
}

function select(table: string, key: string, bounds: string): string {
  return `SELECT generation, tag, registered_at, version, release, ${key} AS key FROM ${table}
    WHERE service = ?1 AND ${bounds} AND (${key}, generation) < (?3, ?4) AND generation <= ?5`
}

// In files of earlier versions, one index has the releases and the other versions.
function hasSplitIndex(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'entries_by_prerelease'").get() !== undefined
}
