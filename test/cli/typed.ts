import { Readable } from 'node:stream'
import { vi } from 'vitest'
import type { Finished } from '../support/serve.ts'
import { runInProcess } from './in-process.ts'

/** The keyboard of a person at a terminal, and the terminal. */
export interface Typing {
  /** The lines that the person types, and then the input ends. */
  readonly typed: string | AsyncIterable<string>
  /** Whether the input is a terminal. Default: true. */
  readonly isStdinTty?: boolean
  /** Whether the output is a terminal. Default: true. */
  readonly isStdoutTty?: boolean
}

/** Runs `waypost` in this process, as if somebody typed at a terminal. */
export async function runTyped(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { typed, isStdinTty = true, isStdoutTty = true }: Typing,
): Promise<Finished> {
  const input = Object.assign(Readable.from(typeof typed === 'string' ? [typed] : typed), { isTTY: isStdinTty })
  const stdin = vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as never)
  const before = Object.getOwnPropertyDescriptor(process.stdout, 'isTTY')
  Object.defineProperty(process.stdout, 'isTTY', { value: isStdoutTty, configurable: true })
  try {
    return await runInProcess(args, env)
  } finally {
    stdin.mockRestore()
    if (before) Object.defineProperty(process.stdout, 'isTTY', before)
    else Reflect.deleteProperty(process.stdout, 'isTTY')
  }
}
