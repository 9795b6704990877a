import { escapeUnsafe } from './escape.ts'

/** Whether a person at a terminal sees the output and can answer. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true
}

/** Asks a question on the terminal. Resolves with true for `y` and `yes`, and with false for anything else. */
export async function confirm(question: string): Promise<boolean> {
  process.stdout.write(`${escapeUnsafe(question)} [y/N] `)
  const answer = await readLine()
  // The end of the input, such as Ctrl-D, leaves the cursor behind the question.
  if (answer === undefined) process.stdout.write('\n')
  return /^\s*y(?:es)?\s*$/i.test(answer ?? '')
}

async function readLine(): Promise<string | undefined> {
  const { createInterface } = process.getBuiltinModule('node:readline')
  // The terminal itself edits the line, and ends the program for Ctrl-C.
  const lines = createInterface({ input: process.stdin, terminal: false })
  try {
    for await (const line of lines) return line
    return undefined
  } finally {
    lines.close()
    process.stdin.pause()
  }
}
