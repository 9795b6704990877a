import type { Readable } from 'node:stream'
import type { Logger } from '../telemetry/logger.ts'
import type { ModuleKind } from './module-kind.ts'

/** The most lines in a second. Further lines are dropped. */
const MOST_LINES = 20

/** The longest line, in characters. The rest of a longer line is dropped. */
const MOST_LINE = 1_000

/** The most text that is read in a second, in characters. A module that prints more has to wait. */
const MOST_TEXT = 1024 * 1024

const SECOND_MS = 1_000

/** Passes the output of a module to the log, as the module's. Bounds the number and the length of its lines. */
export class ModuleOutput {
  readonly #log: Logger
  readonly #kind: ModuleKind
  readonly #path: string
  readonly #paused = new Set<Readable>()
  #lines = 0
  #dropped = 0
  #text = 0
  #second: NodeJS.Timeout | undefined

  constructor({ log, kind, path }: { readonly log: Logger; readonly kind: ModuleKind; readonly path: string }) {
    this.#log = log
    this.#kind = kind
    this.#path = path
  }

  /** Reads a stream to its end. */
  follow(stream: Readable, name: 'stdout' | 'stderr'): void {
    let rest = ''
    stream
      .setEncoding('utf8')
      .on('data', (text: string) => {
        const lines = `${rest}${text}`.split('\n')
        rest = (lines.pop() ?? '').slice(0, MOST_LINE)
        for (const line of lines) this.#pass(name, line)
        this.#spend(stream, text.length)
      })
      .on('end', () => this.#pass(name, rest))
      .on('error', () => {})
  }

  #pass(stream: string, text: string): void {
    const { noun, field, hide = String } = this.#kind
    const line = hide(text.trimEnd().slice(0, MOST_LINE))
    if (line === '') return
    this.#begin()
    if (++this.#lines > MOST_LINES) this.#dropped++
    else this.#log.info({ [field]: this.#path, stream, line }, `the ${noun} printed a line`)
  }

  #spend(stream: Readable, length: number): void {
    this.#begin()
    this.#text += length
    if (this.#text > MOST_TEXT) this.#paused.add(stream.pause())
  }

  #begin(): void {
    this.#second ??= setTimeout(() => this.#end(), SECOND_MS).unref()
  }

  #end(): void {
    const { noun, field } = this.#kind
    const lines = this.#dropped
    if (lines > 0) {
      this.#log.warn({ [field]: this.#path, lines }, `the ${noun} printed too much, so lines were dropped`)
    }
    this.#lines = this.#dropped = this.#text = 0
    this.#second = undefined
    for (const stream of this.#paused) stream.resume()
    this.#paused.clear()
  }
}
