import type { Readable } from 'node:stream'
import { quote, RegistryError } from '../../../domain/errors.ts'
import { fromConnectError } from '../../call/wire-errors.ts'
import type { Limits } from '../../limits.ts'
import type { Exchange } from '../exchange.ts'
import { gzip } from './gzip.ts'
import {
  type BodyInProgress,
  beginReading,
  bodyCut,
  endReading,
  failureOf,
  hold,
  takeContinue,
  tooLargeForNow,
} from './unfinished-bodies.ts'

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
type Decode<T> = (body: Buffer) => T | Promise<T>

/** Reads the whole body of a request, as it was sent. Rejects as `readBodyAs` does. */
export function readBody(exchange: Exchange, limits: Limits): Promise<Buffer> {
  return readBodyAs(exchange, limits, asSent, undefined)
}

/**
 * Reads the whole body of a request, and decodes it. Rejects if it breaks a rule, does not arrive in time, or is cut off, or
 * with the error of `decode`. Another step of a promise would cost more than the decoding.
 */
export function readBodyAs<T>(
  exchange: Exchange,
  limits: Limits,
  decode: Decode<T>,
  rules: BodyRules | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const reading = { exchange, limits, rules, decode, resolve, reject }
    new BodyReader(reading).begin(reading)
  })
}

function asSent(body: Buffer): Buffer {
  return body
}

/** Reads and decompresses the whole body of a request. Rejects as `readBody` does. */
export async function readPlainBody(exchange: Exchange, limits: Limits): Promise<Uint8Array> {
  const announced = Number(exchange.headers['content-length'])
  if (announced > limits.bodyBytes) throw tooLarge(limits.bodyBytes, announced)
  const bytes = await readBody(exchange, limits)
  return bytes.byteLength === 0 ? bytes : decompress(bytes, exchange.headers['content-encoding'], limits)
}

interface Reading<T> {
  readonly exchange: Exchange
  readonly limits: Limits
  readonly rules: BodyRules | undefined
  readonly decode: Decode<T>
  readonly resolve: (value: T | Promise<T>) => void
  readonly reject: (error: unknown) => void
}

class BodyReader<T> implements BodyInProgress {
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

async function decompress(bytes: Uint8Array, encoding = 'identity', limits: Limits): Promise<Uint8Array> {
  if (encoding === 'identity') return bytes
  if (encoding !== 'gzip') throw unsupportedEncoding(encoding)
  return gzip.decompress(bytes, limits.bodyBytes).catch((error) => {
    throw fromConnectError(error)
  })
}

function unsupportedEncoding(encoding: string): RegistryError {
  const message = `the content-encoding ${quote(encoding)} is not supported; use gzip or identity.`
  return new RegistryError({ reason: 'UNSUPPORTED_MEDIA_TYPE', message })
}

/** The error for a body of more than `maxBytes` bytes. `size` is its size, if that is known. */
export function tooLarge(maxBytes: number, size?: number): RegistryError {
  const fact = size === undefined ? `is larger than ${maxBytes} bytes` : `has ${size} bytes`
  const message = `the request body ${fact}; send at most ${maxBytes} bytes.`
  return new RegistryError({ reason: 'REQUEST_TOO_LARGE', message })
}
