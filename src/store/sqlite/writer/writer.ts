import type { Answer, Append } from './messages.ts'

/** The events of a writer. */
export interface WriterEvents {
  readonly onAnswers: (answers: readonly Answer[]) => void
  /** The files of the store were deleted or replaced. */
  readonly onLost: (problem: string) => void
  /** The writer has died. It will answer none of the appends that it has got. */
  readonly onEnd: (error: unknown) => void
}

/** Commits appends, and answers each of them. */
export interface Writer {
  /** Milliseconds until appends can be sent. */
  readonly pauseMs: number
  /** Sends appends. The process does not end by itself before `release` is called. May throw: nothing was sent then. */
  send(appends: readonly Append[]): void
  /** Lets the process end, because the writer has nothing to do. */
  release(): void
  /** Ends the writer. Resolves when it has ended, or after a few seconds. */
  end(): Promise<void>
}

/** Makes the writer of an open file. */
export type CreateWriter = (events: WriterEvents) => Writer
