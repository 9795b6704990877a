import type { Readable } from 'node:stream'
import type { RegistryError } from '../../../domain/errors.ts'
import type { Limits } from '../../limits.ts'
import type { Exchange } from '../exchange.ts'
import { bodyCut, tooLarge, tooLargeForNow } from './body-errors.ts'
import { type BodyInProgress, beginReading, endReading, failureOf, hold, takeContinue } from './unfinished-bodies.ts'

const EMPTY = Buffer.alloc(0)

/** The rules of a codec for a body. */
export interface BodyRules {
  /** The largest size of the body, in bytes. */
  readonly maxBytes: number
  /** The error for a larger body. `size` is its size, if that is known. */
  readonly tooLarge: (size?: number) => Error
  /** Looks at the first part of the body, as large as it comes. If it throws, the rest is not read. */
  readonly inspect?: (first: Buffer) => void
}

/** Makes a value of a whole body. If it throws, the reading of the body rejects with its error. */
export type Decode<T> = (body: Buffer) => T | Promise<T>

/** A body to read, and the way to tell the result. */
export interface Reading<T> {
  readonly exchange: Exchange
  readonly limits: Limits
  readonly rules: BodyRules | undefined
  readonly decode: Decode<T>
  readonly resolve: (value: T | Promise<T>) => void
  readonly reject: (error: unknown) => void
}

/** Reads one body. */
export class BodyReader<T> implements BodyInProgress {
  readonly source: Readable
  readonly mostMs: number
  size = 0
  isOver = false
  since = performance.now()
  /**
   * Undefined: the reading is over. The garbage collector keeps streams that are closed for a while, and would keep the
   * whole call with them.
   */
  #reading: Reading<T> | undefined
  /** Most bodies come in one chunk, and an array for it would be larger than the chunk. */
  #first: Buffer | undefined
  #others: Buffer[] | undefined
  #length = 0

  constructor(reading: Reading<T>) {
    this.source = reading.exchange.source
    this.mostMs = reading.limits.requestMs
    this.#reading = reading
  }

  begin({ exchange, limits }: Reading<T>): void {
    const { source } = this
    const problem = problemOf(exchange)
    if (problem !== undefined) {
      this.#reject(problem)
      return
    }
    if (takeContinue(source)) exchange.writeContinue()
    beginReading(this, limits)
    // Each listener costs a noticeable part of a call, so a sweep looks for sources that close without an end.
    source.on('data', (chunk: Buffer) => this.#add(chunk))
    source.on('end', () => this.#end())
  }

  giveUp(): void {
    this.fail(tooLargeForNow())
  }

  // The rest of the body would be read as the next request.
  fail(error: RegistryError): void {
    this.#reading?.exchange.endConnection()
    this.#reject(error)
  }

  #add(chunk: Buffer): void {
    if (this.#reading === undefined) return
    const { limits, rules } = this.#reading
    if (this.#first === undefined && !this.#isPassed(chunk, rules)) return
    if (this.#first === undefined) this.#first = chunk
    else if (this.#others === undefined) this.#others = [chunk]
    else this.#others.push(chunk)
    this.#length += chunk.byteLength
    const maxBytes = rules?.maxBytes ?? limits.bodyBytes
    if (this.#length > maxBytes) this.#reject(rules?.tooLarge() ?? tooLarge(maxBytes))
    else hold(this, chunk.byteLength, limits)
  }

  #isPassed(first: Buffer, rules: BodyRules | undefined): boolean {
    try {
      rules?.inspect?.(first)
      return true
    } catch (error) {
      this.#reject(error)
      return false
    }
  }

  #end(): void {
    if (isCut(this.source)) this.#reject(bodyCut())
    if (this.#reading === undefined) return
    const { decode, resolve, reject } = this.#reading
    const [first, others] = [this.#first ?? EMPTY, this.#others]
    this.#finish()
    try {
      resolve(decode(others === undefined ? first : Buffer.concat([first, ...others])))
    } catch (error) {
      reject(error)
    }
  }

  #reject(error: unknown): void {
    const reading = this.#reading
    this.#finish()
    reading?.reject(error)
  }

  #finish(): void {
    this.isOver = true
    this.#reading = undefined
    this.#first = undefined
    this.#others = undefined
    endReading(this)
  }
}

function problemOf({ source, isGone }: Exchange): Error | undefined {
  // The end of the body would never come.
  if (source.readableEnded) return new Error('the app has read the body; pass requests on before any body parser.')
  return failureOf(source) ?? (isGone ? bodyCut() : undefined)
}

// Over HTTP/2, Node ends a body whose stream the client has reset as if it were whole.
function isCut(source: Readable): boolean {
  return 'aborted' in source && source.aborted === true
}
