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
    new BodyReader(exchange, { limits, rules, decode, resolve, reject }).begin()
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
  readonly limits: Limits
  readonly rules: BodyRules | undefined
  readonly decode: Decode<T>
  readonly resolve: (value: T | Promise<T>) => void
  readonly reject: (error: unknown) => void
}

class BodyReader<T> implements BodyInProgress {
  size = 0
  isOver = false
  since = performance.now()
  readonly #exchange: Exchange
  readonly #reading: Reading<T>
  /** Most bodies come in one chunk, and an array for it would be larger than the chunk. */
  #first: Buffer | undefined
  #others: Buffer[] | undefined
  #length = 0

  constructor(exchange: Exchange, reading: Reading<T>) {
    this.#exchange = exchange
    this.#reading = reading
  }

  get source(): Readable {
    return this.#exchange.source
  }

  get mostMs(): number {
    return this.#reading.limits.requestMs
  }

  begin(): void {
    const { source } = this.#exchange
    const problem = this.#problem()
    if (problem !== undefined) {
      this.#reject(problem)
      return
    }
    if (takeContinue(source)) this.#exchange.writeContinue()
    beginReading(this, this.#reading.limits)
    source.on('data', (chunk: Buffer) => this.#add(chunk))
    source.on('end', () => this.#end())
    source.on('error', (error) => this.#cut(error))
    source.on('close', () => this.#cut(undefined))
  }

  #problem(): Error | undefined {
    const { source, isGone } = this.#exchange
    // The end of the body would never come.
    if (source.readableEnded) return new Error('the app has read the body; pass requests on before any body parser.')
    return failureOf(source) ?? (isGone ? bodyCut(undefined) : undefined)
  }

  giveUp(): void {
    this.fail(tooLargeForNow())
  }

  // The rest of the body would be read as the next request.
  fail(error: RegistryError): void {
    this.#exchange.endConnection()
    this.#reject(error)
  }

  #add(chunk: Buffer): void {
    if (this.isOver || (this.#first === undefined && !this.#isPassed(chunk))) return
    if (this.#first === undefined) this.#first = chunk
    else if (this.#others === undefined) this.#others = [chunk]
    else this.#others.push(chunk)
    this.#length += chunk.byteLength
    const { limits, rules } = this.#reading
    const maxBytes = rules?.maxBytes ?? limits.bodyBytes
    if (this.#length > maxBytes) this.#reject(rules?.tooLarge() ?? tooLarge(maxBytes))
    else hold(this, chunk.byteLength, limits)
  }

  #isPassed(first: Buffer): boolean {
    try {
      this.#reading.rules?.inspect?.(first)
      return true
    } catch (error) {
      this.#reject(error)
      return false
    }
  }

  #end(): void {
    if (this.isOver) return
    if (isCut(this.source)) {
      this.#reject(bodyCut(undefined))
      return
    }
    this.#finish()
    const { decode, resolve, reject } = this.#reading
    const [first, others] = [this.#first ?? EMPTY, this.#others]
    try {
      resolve(decode(others === undefined ? first : Buffer.concat([first, ...others])))
    } catch (error) {
      reject(error)
    }
  }

  // A stream is also closed after its end, and an error for that would cost a tenth of a call.
  #cut(cause: unknown): void {
    if (!this.isOver) this.#reject(bodyCut(cause))
  }

  #reject(error: unknown): void {
    if (this.isOver) return
    this.#finish()
    this.#first = EMPTY
    this.#others = undefined
    this.#reading.reject(error)
  }

  #finish(): void {
    this.isOver = true
    endReading(this)
  }
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
