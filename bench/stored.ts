import { DatabaseSync } from 'node:sqlite'

/** Throws if the number of stored services, with one entry each, is not the number of acknowledged registrations. */
export function requireStored(path: string, expected: number): void {
  using db = new DatabaseSync(path, { readOnly: true })
  const stored = db.prepare('SELECT count(DISTINCT service) AS services, count(*) AS entries FROM log').get()
  if (stored?.services === expected && stored.entries === expected) return
  throw new Error(`${expected} registrations were acknowledged, ${JSON.stringify(stored)} are stored`)
}
