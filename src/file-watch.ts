import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

/** How often the files are looked at, in milliseconds. */
const POLL_MS = 1_000

/**
 * Calls `changed` each time one of the files has changed, has appeared or is gone since the call of this function. It looks at
 * them once a second, because notices of the system get lost on network disks and if a link is replaced. So begin the watch
 * before you read the files: then no change is lost. Returns a function that ends the watch.
 */
export function watchFiles(paths: readonly string[], changed: () => void): () => void {
  let known = paths.map(signatureOf).join()
  let isLooking = false
  let hasEnded = false
  const look = async () => {
    // A disk may take longer than the pause.
    if (isLooking) return
    isLooking = true
    const now = (await Promise.all(paths.map(lookAt))).join()
    isLooking = false
    if (now === known || hasEnded) return
    known = now
    changed()
  }
  const timer = setInterval(look, POLL_MS)
  timer.unref()
  return () => {
    hasEnded = true
    clearInterval(timer)
  }
}

interface Looks {
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly size: bigint
  readonly ino: bigint
}

const GONE = 'gone'

function signatureOf(path: string): string {
  try {
    return describe(statSync(path, { bigint: true }))
  } catch {
    return GONE
  }
}

function lookAt(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(describe, () => GONE)
}

function describe({ mtimeNs, ctimeNs, size, ino }: Looks): string {
  return `${mtimeNs} ${ctimeNs} ${size} ${ino}`
}
