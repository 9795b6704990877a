import { escapeUnsafe } from './escape.ts'

/** Tells the person at the terminal how far a long command is. */
export interface Progress {
  /** Reports the number of records or entries that are done, as a number and as a part of all: 0 to 1, undefined if unknown. */
  report(records: number, part: number | undefined): void
  /** Begins another piece of work, and counts from 0 again. */
  next(work: string): void
  /** Prints a line that stays, such as a refused record. */
  say(line: string): void
  /** Clears the line of the progress, so that the command can print something else. The next report prints it again. */
  pause(): void
  /** Ends the progress, and clears its line. */
  end(): void
}

interface ProgressOptions {
  readonly isQuiet: boolean
  /** The plural of the things that are counted. Default: `records`. */
  readonly unit?: string
}

/** The shortest time between two updates on a terminal, and between two plain lines elsewhere, in milliseconds. */
const [TERMINAL_MS, PLAIN_MS] = [200, 5_000]

const CLEAR_LINE = '\r\x1b[K'

/** Progress on standard error: one line that is updated in place on a terminal, a plain line now and then elsewhere. */
export function createProgress({ isQuiet, unit = 'records' }: ProgressOptions): Progress {
  const isTerminal = process.stderr.isTTY === true && !isQuiet
  const clear = () => {
    if (isTerminal) process.stderr.write(CLEAR_LINE)
  }
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
      const line = `${work} ${describe(records, unit, now - startedAt, part)}`
      process.stderr.write(isTerminal ? `${CLEAR_LINE}${line}` : `${line}\n`)
    },
    say: (text) => {
      const line = escapeUnsafe(text)
      process.stderr.write(isTerminal ? `${CLEAR_LINE}${line}\n` : `${line}\n`)
    },
    pause: clear,
    end: clear,
  }
}

/** The text of the progress, such as `120,000 records, 24,000/s, 5 s left`. */
function describe(records: number, unit: string, elapsedMs: number, part: number | undefined): string {
  const rate = Math.round((records * 1_000) / elapsedMs)
  const left = part ? `, ${Math.ceil((elapsedMs / part - elapsedMs) / 1_000)} s left` : ''
  return `${records.toLocaleString('en')} ${unit}, ${rate.toLocaleString('en')}/s${left}`
}
