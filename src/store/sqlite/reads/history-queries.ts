/** The generations of the tag ?2 of the service ?1, the greatest first, below ?3 and above ?4, at most ?5 of them. */
export function generationsOfTagQuery(table: string): string {
  return `SELECT generation FROM ${table} WHERE service = ?1 AND tag = ?2 AND generation < ?3 AND generation > ?4
    ORDER BY generation DESC LIMIT ?5`
}
