import { writeSync } from 'node:fs'
import type { LogOutput } from './log-output.ts'

/** Writes the log to a file. A line that does not fit on the disk is lost. */
export function fileOutput(fd: number): LogOutput {
  // Whether the last line was written in part only.
  let isTorn = false
  return {
    hasRoom: () => true,
    write: (line) => {
      const bytes = Buffer.from(isTorn ? `\n${line}` : line)
      let written = 0
      try {
        while (written < bytes.length) written += writeSync(fd, bytes, written)
        isTorn = false
        return true
      } catch {
        isTorn ||= written > 0
        return false
      }
    },
    flush: () => undefined,
    onRoom: () => {},
  }
}
