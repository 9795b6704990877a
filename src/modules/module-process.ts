import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { withTimeLimit } from '../time-limit.ts'
import { killGroup } from './kill-group.ts'
import type { ModuleMemory } from './memory.ts'
import { type Answer, CHANNEL_FD, MOST_MESSAGE, type ModuleAnswer, parseAnswer, type Question } from './messages.ts'
import type { ModuleKind } from './module-kind.ts'
import type { ModuleOutput } from './module-output.ts'

const START_LIMIT_MS = 10_000

/** How long a process may go on after it has closed its channel, in milliseconds. */
const EXIT_MS = 200

// The program is a .ts file in development and a .js file in the package.
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const PROGRAM = fileURLToPath(new URL(`./child/main${EXTENSION}`, import.meta.url))

const NODE_FLAGS = ['--disable-sigusr1', '--disable-warning=ExperimentalWarning']

/** The module of a process, its memory, and where its output goes. */
export interface ModuleProcessOptions {
  readonly moduleUrl: string
  /** `child/watchdog.ts` bounds the memory as a whole. */
  readonly memory: ModuleMemory
  readonly kind: ModuleKind
  readonly output: ModuleOutput
}

/** Receives the end of a process, with the reason for people. Undefined: the server ended it. */
export type OnEnd = (why: string | undefined) => void

/** The process of a question ended because of another question, so it can be asked again. */
export class AskAgain extends Error {
  override readonly name = 'AskAgain'
}

interface Pending {
  readonly resolve: (answer: ModuleAnswer) => void
  readonly reject: (reason: Error) => void
}

/** One process that runs a module, and its unanswered questions. */
export class ModuleProcess {
  /** Rejects if the module cannot be loaded, or is not loaded within 10 seconds. */
  readonly ready: Promise<void>
  readonly #child: ChildProcess
  readonly #channel: Socket
  readonly #pending = new Map<number, Pending>()
  readonly #abandoned = new Set<number>()
  readonly #started = Promise.withResolvers<void>()
  readonly #onEnd: OnEnd
  readonly #noun: string
  #context: readonly string[] | undefined
  #lastId = 0
  #isRetired = false
  #hasEnded = false

  constructor({ moduleUrl, memory, kind, output }: ModuleProcessOptions, onEnd: OnEnd) {
    this.#onEnd = onEnd
    this.#noun = kind.noun
    const flags = [...NODE_FLAGS, `--max-old-space-size=${memory.heapMib}`]
    const program = [PROGRAM, moduleUrl, `${memory.mostMib}`, kind.noun, kind.answer, ...(kind.contextNames ?? [])]
    this.#child = spawn(process.execPath, [...flags, ...program], {
      // A group of its own: Ctrl-C reaches the server only, and the processes that the module starts end with it.
      detached: true,
      // The location of a store may contain a password.
      env: { ...process.env, WAYPOST_STORE: undefined },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.#child.on('error', (error) => this.#end(error.message))
    const { stdout, stderr, stdio } = this.#child
    // There are no streams if the server has no descriptor left for them. An error event follows.
    this.#channel = (stdio?.[CHANNEL_FD] as Socket | undefined) ?? new Socket()
    this.#child.on('exit', (code, signal) =>
      this.#end(`the ${this.#noun} ended its process (${signal ?? `exit code ${code}`})`),
    )
    if (stdout) output.follow(stdout, 'stdout')
    if (stderr) output.follow(stderr, 'stderr')
    this.#listen()
    this.ready = withTimeLimit(this.#started.promise, {
      ms: START_LIMIT_MS,
      late: () => new Error(`the module was not loaded within ${START_LIMIT_MS} ms`),
    })
    this.ready.then(
      () => this.#unref(),
      () => this.kill(),
    )
  }

  /** The names that the module lists in its export `context`. Undefined until the process is ready. */
  get context(): readonly string[] | undefined {
    return this.#context
  }

  /**
   * Calls the function of the module. If the signal aborts, the promise stays as it is, and `onLate` is called. Rejects with `AskAgain` if the
   * process ends because of another question.
   */
  ask(args: readonly unknown[], { signal, onLate }: { signal: AbortSignal; onLate: () => void }) {
    const id = ++this.#lastId
    return new Promise<ModuleAnswer>((resolve, reject) => {
      if (this.#hasEnded) return reject(new AskAgain())
      this.#pending.set(id, { resolve, reject })
      this.#channel.write(`${JSON.stringify({ id, args } satisfies Question)}\n`)
      signal.addEventListener('abort', () => this.#abandon(id) && onLate(), { once: true })
    })
  }

  /** Ends the process. Its questions can be asked again. */
  replace(): void {
    this.#end(undefined, new AskAgain())
  }

  /** Ends the process once its questions are answered. */
  retire(): void {
    this.#isRetired = true
    if (this.#pending.size === 0) this.kill()
  }

  /** Ends the process, and the processes that it has started. */
  kill(): void {
    this.#end(undefined)
  }

  #listen(): void {
    let rest = ''
    this.#channel.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      const isFine = rest.length <= MOST_MESSAGE && lines.every((line) => this.#take(parseAnswer(line)))
      if (!isFine) this.#end(`the ${this.#noun} wrote to the channel of its process`)
    })
    this.#channel
      .on('error', () => {})
      // A process that ends closes its channel, too. Its exit code tells more.
      .on('end', () => setTimeout(() => this.#end(`the ${this.#noun} closed the channel of its process`), EXIT_MS))
  }

  /** Handles a message. False if the process must not send it. */
  #take(answer: Answer | undefined): boolean {
    if (answer === undefined) return false
    if (answer.kind === 'ready') {
      this.#context = answer.context
      this.#started.resolve()
    } else if (answer.kind === 'unusable') this.#started.reject(new Error(answer.error))
    else return this.#settle(answer)
    return true
  }

  #settle(answer: Exclude<Answer, { kind: 'ready' | 'unusable' }>): boolean {
    const pending = this.#pending.get(answer.id)
    if (pending === undefined) return this.#abandoned.delete(answer.id)
    this.#pending.delete(answer.id)
    if (answer.kind === 'failure') pending.reject(new Error(answer.error))
    else pending.resolve(answer.answer)
    if (this.#isRetired) this.retire()
    return true
  }

  #abandon(id: number): boolean {
    if (!this.#pending.delete(id)) return false
    this.#abandoned.add(id)
    return true
  }

  #end(why: string | undefined, ofOthers = new Error(`the process of the ${this.#noun} was ended`)): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (this.#child.pid !== undefined) killGroup(this.#child.pid)
    const error = why === undefined ? ofOthers : new Error(why)
    this.#started.reject(error)
    // Questions are answered in turn, so the oldest one is the likely cause. The others lose nothing but a little time.
    for (const [index, { reject }] of [...this.#pending.values()].entries())
      reject(why !== undefined && index > 0 ? new AskAgain() : error)
    this.#pending.clear()
    this.#onEnd(why)
  }

  // An idle process must not keep the server's process alive. Until it is ready, it may be the only thing that does.
  #unref(): void {
    const streams = [this.#channel, this.#child.stdout, this.#child.stderr] as (Socket | null)[]
    for (const stream of [this.#child, ...streams]) stream?.unref()
  }
}
