import { availableParallelism } from 'node:os'
import { ConfigError } from './config-error.ts'

const MOST_WORKERS = 64

/** Parses a number of workers. `auto` is the number of cores that this process may use, but at most 64. */
export function parseWorkers(text: string): number {
  if (text === 'auto') return Math.min(availableParallelism(), MOST_WORKERS)
  const value = Number(text)
  if (/^\d{1,2}$/.test(text) && value >= 1 && value <= MOST_WORKERS) return value
  throw new ConfigError(
    `${JSON.stringify(text)} is not valid; use a whole number of workers from 1 to ${MOST_WORKERS}, or auto for one per core.`,
  )
}
