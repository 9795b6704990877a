import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import type { Answer, Exchange, NodeExchangeParts } from '../../src/server/http/exchange.ts'

/** A request in memory. */
export interface MemoryRequest {
  /** Default: POST with a body, else GET. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The parts in which the body comes. A promise: the part comes later. */
  readonly body?: Iterable<Uint8Array | Promise<Uint8Array>>
}

/** An exchange without a connection. It keeps its answer. */
export class MemoryExchange implements Exchange {
  readonly authorization = undefined
  readonly certificate = undefined
  readonly address = '127.0.0.1'
  readonly method: string
  readonly target = '/'
  readonly headers: Readonly<Record<string, string>>
  readonly authority = 'a'
  readonly headerBytes = 0
  readonly mountPath = ''
  readonly connection = {}
  readonly source: Readable
  readonly isBodyless: boolean
  isGone = false
  readonly observation = undefined
  /** Resolves with the answer. */
  readonly answered: Promise<Answer>
  readonly #answer = Promise.withResolvers<Answer>()
  readonly #events = new EventEmitter()
  #hasBegun = false

  constructor({ body, method = body === undefined ? 'GET' : 'POST', headers = {} }: MemoryRequest) {
    this.method = method
    this.headers = headers
    this.isBodyless = body === undefined
    this.source = Readable.from(inTurn(body ?? []), { objectMode: false })
    this.answered = this.#answer.promise
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** The client goes away. */
  leave(): void {
    this.isGone = true
    this.#events.emit('gone')
  }

  setHeader(): void {}

  send(answer: Answer): void {
    if (this.#hasBegun || this.isGone) return
    this.#hasBegun = true
    this.#answer.resolve(answer)
  }

  writeContinue(): void {}

  endConnection(): void {}

  onceGone(callback: () => void): void {
    this.#events.once('gone', callback)
  }

  onceOver(callback: () => void): boolean {
    this.#events.once('gone', callback)
    return true
  }

  cutOff(): void {
    this.leave()
  }

  toNode(): NodeExchangeParts {
    throw new Error('it has no connection')
  }
}

async function* inTurn(parts: Iterable<Uint8Array | Promise<Uint8Array>>) {
  for (const part of parts) yield await part
}
