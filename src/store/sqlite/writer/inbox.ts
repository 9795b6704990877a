import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { type Append, monotonicMs, type ToWriter } from './messages.ts'

/** The appends that the writer has not yet begun. It takes messages from the port while the thread is busy. */
export class Inbox {
  readonly #port: MessagePort
  #waiting: Append[] = []
  #isClosing = false

  constructor(port: MessagePort) {
    this.#port = port
  }

  /** Whether the main thread has asked to end. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  add(message: ToWriter): void {
    if (message === 'close') this.#isClosing = true
    else this.#waiting.push(...message)
  }

  /** Takes everything that has arrived from the port. Returns the number of appends that wait. */
  receive(): number {
    for (;;) {
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) return this.#waiting.length
      this.add(received.message)
    }
  }

  /** Removes all appends. */
  takeAll(): readonly Append[] {
    const all = this.#waiting
    this.#waiting = []
    return all
  }

  /** Removes the appends that cannot wait any longer. */
  takeExpired(): readonly Append[] {
    const now = monotonicMs()
    const { expired = [], waiting = [] } = Object.groupBy(this.#waiting, ({ waitsUntil }) =>
      waitsUntil < now ? 'expired' : 'waiting',
    )
    this.#waiting = waiting
    return expired
  }
}
