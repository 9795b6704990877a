import { setTimeout as delay } from 'node:timers/promises'
import type { Acknowledgements, Registration } from '../durability/acknowledgements.ts'
import { chooseRegistration, isRight, post } from '../durability/clients.ts'
import type { Ladder } from './ladder.ts'

const WRITERS_PER_SERVER = 4
const READERS_PER_SERVER = 2
const PAUSE_MS = 20

// The promises of docs/stores.md.
const LONGEST_LOOKUP_MS = 5_000
const LONGEST_CHANGE_MS = 10_000

export interface LoadOptions {
  readonly urls: readonly string[]
  readonly ladder: Ladder
  readonly acknowledgements: Acknowledgements
  /** Registrations without an answer. They are sent again, and new ones are added. */
  readonly unanswered: Registration[]
  /** Is called with each broken promise. */
  readonly complain: (violation: string) => void
  /** A number that makes the registrations differ from those of other loads. */
  readonly round: number
}

export interface LoadCounts {
  calls: number
  /** The number of calls that were answered with 503. */
  unavailable: number
  slowestLookupMs: number
  slowestChangeMs: number
}

/** Writers and readers that call servers until they are stopped. */
export class Load {
  readonly counts: LoadCounts = { calls: 0, unavailable: 0, slowestLookupMs: 0, slowestChangeMs: 0 }
  readonly #options: LoadOptions
  readonly #running: Promise<unknown>
  #isStopped = false

  constructor(options: LoadOptions) {
    this.#options = options
    const { urls, ladder } = options
    const [first = ''] = urls
    const each = (count: number, call: (url: string) => Promise<void>) =>
      urls.flatMap((url) => Array.from({ length: count }, () => this.#repeat(() => call(url))))
    this.#running = Promise.all([
      this.#repeat(() => this.#change('a step of the ladder', () => ladder.climb(first))),
      ...each(WRITERS_PER_SERVER, (url) => this.#register(url)),
      ...each(READERS_PER_SERVER, (url) => this.#lookUp(url)),
    ])
  }

  async stop(): Promise<LoadCounts> {
    this.#isStopped = true
    await this.#running
    return this.counts
  }

  async #repeat(call: () => Promise<void>): Promise<void> {
    while (!this.#isStopped) await call()
  }

  async #register(url: string): Promise<void> {
    const { acknowledgements, unanswered, complain, round } = this.#options
    const registration = unanswered.pop() ?? chooseRegistration(round)
    const name = `registering ${JSON.stringify(registration)}`
    await this.#change(name, async () => {
      const answer = await post(url, registration)
      const text = (await answer?.text()) ?? ''
      const status = answer?.status
      if (status === 200 || status === 201) acknowledgements.add(registration)
      if (status === 503 || status === undefined) unanswered.push(registration)
      else if (!isRight(registration, status, text)) complain(`${name} answered ${status} ${text}`)
      if (status === 503) await delay(PAUSE_MS)
      return status
    })
  }

  async #change(name: string, call: () => Promise<number | undefined>): Promise<void> {
    const took = await this.#measure(name, call, LONGEST_CHANGE_MS)
    this.counts.slowestChangeMs = Math.max(this.counts.slowestChangeMs, took)
  }

  async #lookUp(url: string): Promise<void> {
    const look = async () => {
      const { status, violation } = await this.#options.ladder.look(url)
      if (violation !== undefined) this.#options.complain(violation)
      if (status === 503) await delay(PAUSE_MS)
      return status
    }
    const took = await this.#measure('a lookup', look, LONGEST_LOOKUP_MS)
    this.counts.slowestLookupMs = Math.max(this.counts.slowestLookupMs, took)
  }

  async #measure(name: string, call: () => Promise<number | undefined>, longestMs: number): Promise<number> {
    const start = performance.now()
    const status = await call()
    const took = performance.now() - start
    this.counts.calls++
    if (status === 503) this.counts.unavailable++
    if (status === undefined) this.#options.complain(`${name} got no answer`)
    else if (status >= 500 && status !== 503) this.#options.complain(`${name} answered ${status}`)
    if (took > longestMs) this.#options.complain(`${name} took ${Math.round(took)} ms`)
    return took
  }
}
