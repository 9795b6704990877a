/** Tells the person who waits how far something is. */
export interface Progress {
  /** So many records are done with, which is so much of all of it: from 0 to 1; undefined: nobody knows. */
  report(records: number, part: number | undefined): void
  /** What comes now is another piece of work, and begins at none. */
  next(work: string): void
  /** A line of its own. */
  say(line: string): void
  /** There is no more to tell. */
  end(): void
}

/** How often a terminal's line is written anew, and how often a plain line is written, in milliseconds. */
const [TERMINAL_MS, PLAIN_MS] = [200, 5_000]

const CLEAR_LINE = '\r\x1b[K'

/** Progress on stderr: on a terminal one line that is written anew, elsewhere a plain line now and then. */
export function createProgress({ isQuiet }: { readonly isQuiet: boolean }): Progress {
  const isTerminal = process.stderr.isTTY === true && !isQuiet
  let [work, startedAt, writtenAt] = ['', performance.now(), performance.now()]
  return {
    next: (name) => {
      work = name
      startedAt = performance.now()
    },
    report: (records, part) => {
      const now = performance.now()
      if (isQuiet || now - writtenAt < (isTerminal ? TERMINAL_MS : PLAIN_MS)) return
      writtenAt = now
      const line = `${work} ${describe(records, now - startedAt, part)}`
      process.stderr.write(isTerminal ? `${CLEAR_LINE}${line}` : `${line}\n`)
    },
    say: (text) => {
      const line = text.replaceAll(/\p{Cc}+/gu, ' ')
      process.stderr.write(isTerminal ? `${CLEAR_LINE}${line}\n` : `${line}\n`)
    },
    end: () => {
      if (isTerminal) process.stderr.write(CLEAR_LINE)
    },
  }
}

/** Such as `120,000 records, 24,000/s, 5 s left`. */
function describe(records: number, elapsedMs: number, part: number | undefined): string {
  const rate = Math.round((records * 1_000) / elapsedMs)
  const left = part ? `, ${Math.ceil((elapsedMs / part - elapsedMs) / 1_000)} s left` : ''
  return `${records.toLocaleString('en')} records, ${rate.toLocaleString('en')}/s${left}`
}
