import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The shells that a reader may have. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

// bash and zsh read the line as if it was pasted at a prompt, because `!` and comments mean other things there than in a
// script. To fish both are the same. Braces are left alone by bash, and the patterns of zsh are extended: both unlike fish,
// so that an unquoted character of these is found.
const starts: Readonly<Record<Shell, (line: string) => { readonly args: string[]; readonly input: string }>> = {
  bash: (line) => ({ args: ['--norc', '-i'], input: `set +B -o history -o histexpand\n${line}\n` }),
  zsh: (line) => ({ args: ['-f', '-i'], input: `setopt extendedglob\n${line}\n` }),
  // fish has functions of its own with these names, which run the programs with more arguments.
  fish: (line) => ({ args: ['--no-config', '-c', `functions --erase grep ls diff\n${line}`], input: '' }),
}

const STUB = `#!/bin/sh
printf '%s\\0' "$#" "\${0##*/}" "$@" >> "$STUB_LOG"
`

/**
 * The commands that a shell makes of a line, each with its arguments as JSON. Every word of the line that could be a
 * command is a program that only writes its arguments down. A command that the shell refuses is not among them.
 */
export async function commandsIn(shell: Shell, line: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-shell-'))
  try {
    const bin = join(folder, 'bin')
    const home = join(folder, 'home')
    await mkdir(bin)
    await mkdir(home)
    await writeFile(join(folder, 'log'), '')
    for (const word of new Set(line.match(/[\w][\w.-]*/g))) await writeFile(join(bin, word), STUB, { mode: 0o755 })
    await feed(shell, line, { PATH: bin, HOME: home, STUB_LOG: join(folder, 'log') })
    return parseLog(await readFile(join(folder, 'log'), 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function feed(shell: Shell, line: string, env: { readonly HOME: string } & NodeJS.ProcessEnv): Promise<void> {
  const { args, input } = starts[shell](line)
  const child = spawn(`/usr/bin/${shell}`, args, {
    cwd: env.HOME,
    env: { ...env, TERM: 'dumb', LANG: 'C.UTF-8' },
    stdio: ['pipe', 'ignore', 'ignore'],
    // Without the terminal of the tests.
    detached: true,
  })
  child.stdin.on('error', () => {}).end(input)
  await once(child, 'close')
}

function parseLog(text: string): string[] {
  const words = text.split('\0').slice(0, -1)
  const commands: string[] = []
  while (words.length > 0) {
    const [count, ...rest] = words.splice(0, Number(words[0]) + 2)
    if (count !== undefined) commands.push(JSON.stringify(rest))
  }
  // The parts of a pipe start in any order.
  return commands.sort()
}
