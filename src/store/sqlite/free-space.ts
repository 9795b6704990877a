import { statfsSync } from 'node:fs'

// Entries are usually smaller. SQLite writes whole pages.
const MIN_FREE_BYTES = 64 * 1024

/** Throws if the disk of a file has no space for an entry. */
export function requireFreeSpace(path: string): void {
  const { bavail, bsize } = statfsSync(path)
  if (bavail * bsize >= MIN_FREE_BYTES) return
  throw new Error(`the disk has less than ${MIN_FREE_BYTES} bytes free`)
}
