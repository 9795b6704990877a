import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { DocumentedCommand } from './documents.ts'
import { withoutSettings } from './environment.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MAIN = `${ROOT}src/cli/main.ts`
const TOOLS = `${ROOT}node_modules/.cache/waypost/bin`

/** The address and the folder that pages show. */
const SHOWN_HOST = '127.0.0.1:8080'
const SHOWN_FOLDER = '/home/me'
const COMMAND_TIMEOUT_MS = 60_000

/** The words that begin a command which runs until it is stopped. */
const SERVE = /^(?:waypost serve|npm start)\b/

/** The result of a command. */
export interface Ran {
  readonly exitCode: number
  /** stdout and stderr, in the order in which they were written. */
  readonly output: string
}

/**
 * Runs the commands of one page in bash, in an empty folder, as its reader does. `waypost` and `npm run --silent waypost --`
 * are the program of this repository. A server listens on a free port in place of 8080, and is started before the first
 * command that is not its start. A time in a command that lies after a time in an earlier output stands for the time that this
 * run had in the place of that one.
 */
export class DocumentedSession {
  readonly #folder: string
  readonly #moments = new Moments()
  #server: { readonly child: ChildProcess; readonly host: string } | undefined

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(): Promise<DocumentedSession> {
    const folder = await mkdtemp(join(tmpdir(), 'waypost-page-'))
    await mkdir(join(folder, 'bin'))
    await mkdir(join(folder, 'home'))
    await writeFile(join(folder, 'bin/waypost'), WAYPOST, { mode: 0o755 })
    await writeFile(join(folder, 'bin/npm'), NPM, { mode: 0o755 })
    // As at a terminal, where the progress is not shown between the lines of the output.
    await writeFile(join(folder, '.curlrc'), 'no-progress-meter\n')
    await symlink(join(ROOT, 'examples'), join(folder, 'home/examples'))
    await mkdir(join(folder, 'home/docs'))
    await symlink(join(ROOT, 'docs/verify.py'), join(folder, 'home/docs/verify.py'))
    return new DocumentedSession(folder)
  }

  /** Writes a file that the page shows, below the folder. */
  async write(name: string, text: string): Promise<void> {
    const path = join(this.#folder, 'home', name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }

  async run({ line, output }: DocumentedCommand): Promise<Ran> {
    if (SERVE.test(line) && (output === undefined || output.startsWith('waypost listening on'))) {
      return { exitCode: 0, output: this.#shown(`${await this.#serve(line)}\n`) }
    }
    if (this.#server === undefined) await this.#serve('waypost serve')
    const ran = await this.#bash(this.#moments.inPlace(line.replaceAll(SHOWN_HOST, this.#server?.host ?? '')))
    this.#moments.learn(output ?? '', ran.output)
    return ran
  }

  async close(): Promise<void> {
    await this.#stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #bash(line: string): Promise<Ran> {
    const options = { cwd: join(this.#folder, 'home'), env: this.#env(), timeout: COMMAND_TIMEOUT_MS }
    return new Promise((resolve) => {
      execFile('bash', ['-c', `exec 2>&1\n${line}`], options, (error, stdout) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), output: this.#shown(stdout) })
      })
    })
  }

  /** Starts a server in the place of the one before it. Resolves with the first line that it prints. */
  async #serve(line: string): Promise<string> {
    await this.#stop()
    const env = { ...this.#env(), WAYPOST_PORT: '0', WAYPOST_LOG_LEVEL: 'silent' }
    const cwd = join(this.#folder, 'home')
    const child = spawn('bash', ['-c', `exec ${line}`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close').then(() => Promise.reject(new Error(`${line} ended before it listened`)))
    closed.catch(() => {})
    const [text] = (await Promise.race([once(createInterface(child.stdout), 'line'), closed])) as [string]
    this.#server = { child, host: text.replace(/^.*\/\//, '') }
    return text
  }

  async #stop(): Promise<void> {
    if (this.#server === undefined) return
    const { child } = this.#server
    this.#server = undefined
    child.kill('SIGTERM')
    await once(child, 'exit')
  }

  #env(): Record<string, string | undefined> {
    const PATH = [join(this.#folder, 'bin'), TOOLS, process.env.PATH].join(delimiter)
    const registry = this.#server && { WAYPOST_REGISTRY: `http://${this.#server.host}` }
    const folders = { XDG_CONFIG_HOME: join(this.#folder, 'home', '.config') }
    return { ...withoutSettings(), ...folders, NODE_ENV: undefined, CURL_HOME: this.#folder, ...registry, PATH }
  }

  #shown(text: string): string {
    return text
      .replaceAll(this.#server?.host ?? SHOWN_HOST, SHOWN_HOST)
      .replaceAll(join(this.#folder, 'home'), SHOWN_FOLDER)
  }
}

const MOMENT = /\d{4}-\d\d-\d\dT[\d:.]+Z/g

/** The moments that a page shows, and those that a run of its commands had in their places. */
class Moments {
  readonly #pairs: { readonly shown: number; readonly real: string }[] = []

  /** Learns the moments of two outputs of the same command. */
  learn(shown: string, real: string): void {
    const [onPage, inRun] = [shown.match(MOMENT) ?? [], real.match(MOMENT) ?? []]
    if (onPage.length !== inRun.length) return
    for (const [index, moment] of onPage.entries()) {
      this.#pairs.push({ shown: Date.parse(moment), real: inRun[index] as string })
    }
  }

  /** The text with the moments of the run: for each, the one in the place of the last that the page showed before it. */
  inPlace(text: string): string {
    return text.replaceAll(MOMENT, (moment) => {
      const before = this.#pairs.filter(({ shown }) => shown <= Date.parse(moment))
      return before.toSorted((a, b) => a.shown - b.shown).at(-1)?.real ?? moment
    })
  }
}

const WAYPOST = `#!/bin/sh
exec '${process.execPath}' '${MAIN}' "$@"
`

// A reader in a clone runs the real one. Here it would put its files into the clone.
const NPM = `#!/bin/sh
case "$*" in
  'run --silent waypost -- '*) shift 4; exec waypost "$@" ;;
  'start -- '*) shift 2; exec waypost serve "$@" ;;
  start) exec waypost serve ;;
esac
echo "npm $*: mark it as not run" >&2
exit 127
`

/**
 * The output of a command without the parts that differ from run to run: times, etags, hashes, process ids and host names, and the
 * progress of a command that takes long on a busy machine. A last line that the command does not end, as of curl, ends in a page.
 */
export function withoutMoment(output: string): string {
  return output
    .replace(/[^\n]$/, '$&\n')
    .replaceAll(/^[a-z]+: [\d,]+ (?:records|entries), [\d,]+\/s.*\n/gm, '')
    .replaceAll(MOMENT, 'TIME')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ETAG')
    .replaceAll(/(?<![\w-])[\w-]{43}(?![\w-])/g, 'HASH')
    .replaceAll(/"time":\d{13}/g, '"time":TIME')
    .replaceAll(/"pid":\d+,"hostname":"[^"]*"/g, '"pid":PID,"hostname":"HOST"')
    .replaceAll(/^(etag|last-modified|date): .*$/gim, '$1: …')
}
