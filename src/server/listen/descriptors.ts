import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'

/** The descriptors that stay free for the store, for files that are read again, and for connections that are closing. */
const RESERVE = 128

/** The least number of connections, even if the system allows fewer descriptors. */
const LEAST = 16

/** The descriptors of a server without connections, where the system does not show them. */
const USUAL = 48

/**
 * How many connections this process can hold. Each needs a file descriptor, and the system limits their number. 128
 * descriptors stay free, or half of them if that is fewer, so that the store can always open files and connections.
 * Infinity: the system has no limit.
 */
export function connectionRoom(): number {
  const limit = descriptorLimit()
  const reserve = Math.min(RESERVE, Math.ceil(limit / 2))
  return Math.max(LEAST, limit - reserve - descriptorsInUse())
}

/**
 * The error if this process can open no more files. Node accepts and closes new connections then, without a word. This
 * happens if the limit was lowered, or if something else needs more descriptors than are kept free.
 */
export function descriptorShortage(): Error | undefined {
  try {
    closeSync(openSync(process.platform === 'win32' ? 'NUL' : '/dev/null', 'r'))
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'EMFILE' || code === 'ENFILE' ? (error as Error) : undefined
  }
}

function descriptorLimit(): number {
  if (process.platform === 'win32') return Number.POSITIVE_INFINITY
  try {
    const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    if (soft !== undefined) return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    // Only Linux has this file.
  }
  return reportedLimit()
}

// The report takes some milliseconds.
function reportedLimit(): number {
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isNaN(soft) ? Number.POSITIVE_INFINITY : soft
}

function descriptorsInUse(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return USUAL
  }
}
