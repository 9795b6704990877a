import { unwatchFile, watchFile } from 'node:fs'

/** How often the files are looked at, in milliseconds. */
const POLL_MS = 1_000

/**
 * Calls `changed` each time one of the files has changed, has appeared or is gone. It looks at them once a second, because
 * notices of the system get lost on network disks and if a link is replaced. Returns a function that ends the watch.
 */
export function watchFiles(paths: readonly string[], changed: () => void): () => void {
  for (const path of paths) watchFile(path, { interval: POLL_MS, persistent: false }, changed)
  return () => {
    for (const path of paths) unwatchFile(path, changed)
  }
}
