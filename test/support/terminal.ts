import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eventually } from './eventually.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

// Runs a command on a terminal of its own: its input is the keyboard, its output is the screen. At the end of its input it
// closes the terminal. It prints the exit code of the command on stderr, or -1 and the number of a signal.
const PROGRAM = `
import os, pty, select, sys
child, master = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
print(child, file=sys.stderr, flush=True)
sources = [master, 0]
while True:
    ready = select.select(sources, [], [])[0]
    if 0 in ready:
        typed = os.read(0, 1024)
        if not typed:
            os.close(master)
            break
        os.write(master, typed)
    if master in ready:
        try:
            os.write(1, os.read(master, 65536))
        except OSError:
            break
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=sys.stderr, flush=True)
`

/** A program on a terminal. */
export interface OnTerminal {
  /** The text on the screen so far. */
  screen(): string
  /** Waits until a text is on the screen. */
  shows(text: string): Promise<void>
  /** Presses keys. */
  press(keys: string): void
  /** Closes the terminal. */
  close(): void
  /** Stops to read the screen: the terminal takes no more text once it is full. */
  pause(): void
  /** Resolves with the exit code of the program; the negative number of a signal that ended it. */
  readonly exitCode: Promise<number>
  /** Ends the program, if it still runs. */
  end(): Promise<void>
}

/** Runs `waypost` with these arguments on a terminal, with a Python that has the module \`pty\`. */
export function runOnTerminal(python: string, args: readonly string[], env: Record<string, string> = {}): OnTerminal {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(?:WAYPOST_.*|NO_COLOR|FORCE_COLOR|CI)$/.test(key))
  const child = spawn(python, ['-c', PROGRAM, process.execPath, MAIN, ...args], {
    env: { ...Object.fromEntries(inherited), TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const output = collect(child)
  const exitCode = once(child, 'close').then(() => Number(output.stderr.split('\n')[1]))
  return {
    screen: () => output.stdout,
    shows: (text) => eventually(`the screen shows ${text}`, async () => output.stdout.includes(text)),
    press: (keys) => child.stdin?.write(keys),
    close: () => child.stdin?.end(),
    pause: () => child.stdout?.pause(),
    exitCode,
    end: async () => {
      if (child.exitCode !== null) return
      child.stdout?.resume()
      child.stdin?.end()
      await exitCode
    },
  }
}

function collect({ stdout, stderr }: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' }
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  return output
}
