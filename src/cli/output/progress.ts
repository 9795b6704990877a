/** Tells the person at the terminal how far an import is. */
export interface Progress {
  /** Reports the number of records that are done, as a number and as a part of all: 0 to 1, undefined if unknown. */
  report(records: number, part: number | undefined): void
  /** Begins another piece of work, and counts from 0 again. */
  next(work: string): void
  /** Prints a line that stays, such as a refused record. */
  say(line: string): void
  /** Ends the progress, and clears its line. */
  end(): void
}

/** The shortest time between two updates on a terminal, and between two plain lines elsewhere, in milliseconds. */
const [TERMINAL_MS, PLAIN_MS] = [200, 5_000]

const CLEAR_LINE = '\r\x1b[K'

/** Progress on standard error: one line that is updated in place on a terminal, a plain line now and then elsewhere. */
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

/** The text of the progress, such as `120,000 records, 24,000/s, 5 s left`. */
function describe(records: number, elapsedMs: number, part: number | undefined): string {
  const rate = Math.round((records * 1_000) / elapsedMs)
  const left = part ? `, ${Math.ceil((elapsedMs / part - elapsedMs) / 1_000)} s left` : ''
  return `${records.toLocaleString('en')} records, ${rate.toLocaleString('en')}/s${left}`
}
