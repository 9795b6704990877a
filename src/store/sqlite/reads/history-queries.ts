/** The end of a search by time: no generation up to `known` is later, and `later` is, or is the first that is not there. */
export interface TimeSearch {
  readonly known: number
  readonly later: number
}

/**
 * The greatest generation of the service ?1 that is not after the time ?2, if it is at least ?3 and below ?4. Each step halves the rest,
 * and reads the time of one row, which stands before its body. It stops early if a row is missing.
 */
export function timeSearchQuery(table: string): string {
  const [middle, isLater] = ['((known + later) / 2)', 'log.time > ?2']
  return `
    WITH RECURSIVE search(known, later) AS (
      SELECT CAST(?3 AS INTEGER), CAST(?4 AS INTEGER)
      UNION ALL
      SELECT iif(${isLater}, known, ${middle}), iif(${isLater}, ${middle}, later)
        FROM search CROSS JOIN ${table} AS log ON log.service = ?1 AND log.generation = ${middle}
        WHERE later - known > 1
    ) SELECT known, later FROM search ORDER BY later - known LIMIT 1`
}

/** The generations of the tag ?2 of the service ?1, the greatest first, below ?3 and above ?4, at most ?5 of them. */
export function generationsOfTagQuery(table: string): string {
  return `SELECT generation FROM ${table} WHERE service = ?1 AND tag = ?2 AND generation < ?3 AND generation > ?4
    ORDER BY generation DESC LIMIT ?5`
}
