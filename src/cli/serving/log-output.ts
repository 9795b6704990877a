/** A place to which the log is written. It never blocks for longer than a disk needs. */
export interface LogOutput {
  /** Whether a line has a chance to be taken. */
  hasRoom(): boolean
  /** Takes a line. False if it cannot: the line is lost. */
  write(line: string): boolean
  /** Resolves once everything is written, or after a time in milliseconds. Undefined if everything is written now. */
  flush(ms: number): Promise<void> | undefined
  /** Calls a function each time there is room again. */
  onRoom(tell: () => void): void
}
