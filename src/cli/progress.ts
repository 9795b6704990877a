/** Tells the person who waits how far something is. */
export interface Progress {
  /** So many bytes more were read. */
  read(bytes: number): void
  /** So many records are done. */
  report(records: number): void
  /** A line of its own. */
  say(line: string): void
  /** There is no more to tell. */
  end(): void
}

interface ProgressOptions {
  readonly isQuiet: boolean
  /** How much there is to read; undefined: nobody knows. */
  readonly totalBytes: number | undefined
}

/** How often a terminal's line is written anew, and how often a plain line is written, in milliseconds. */
const [TERMINAL_MS, PLAIN_MS] = [200, 5_000]

const CLEAR_LINE = '\r\x1b[K'

/** Progress on stderr: on a terminal one line that is written anew, elsewhere a plain line now and then. */
export function createProgress({ isQuiet, totalBytes }: ProgressOptions): Progress {
  const startedAt = performance.now()
  const isTerminal = process.stderr.isTTY === true && !isQuiet
  let bytes = 0
  let writtenAt = startedAt
  return {
    read: (more) => {
      bytes += more
    },
    report: (records) => {
      const now = performance.now()
      if (isQuiet || now - writtenAt < (isTerminal ? TERMINAL_MS : PLAIN_MS)) return
      writtenAt = now
      const line = describe(records, now - startedAt, totalBytes === undefined ? undefined : bytes / totalBytes)
      process.stderr.write(isTerminal ? `${CLEAR_LINE}${line}` : `${line}\n`)
    },
    say: (line) => {
      process.stderr.write(isTerminal ? `${CLEAR_LINE}${line}\n` : `${line}\n`)
    },
    end: () => {
      if (isTerminal) process.stderr.write(CLEAR_LINE)
    },
  }
}

/** Such as `120,000 records, 24,000/s, 5 s left`. `done` is the part of the input that was read. */
function describe(records: number, elapsedMs: number, done: number | undefined): string {
  const rate = Math.round((records * 1_000) / elapsedMs)
  const left = done === undefined || done === 0 ? '' : `, ${Math.ceil((elapsedMs / done - elapsedMs) / 1_000)} s left`
  return `${records.toLocaleString('en')} records, ${rate.toLocaleString('en')}/s${left}`
}
