import type { CallKind } from '../call/rate-limit.ts'

/** A call that waits for a token. */
export interface WaitingCall {
  /** Settles as a decision does. Undefined: the call is served. */
  follow(decision?: Promise<void>): void
}

/** The settings of {@link WaitingCalls}. */
export interface WaitingCallsSettings {
  readonly kind: CallKind
  readonly key: string
  /** How long the calls wait, in milliseconds. */
  readonly patienceMs: number
  /** Decides about a call that has waited for too long. */
  readonly onLate: () => Promise<void> | undefined
}

/** The calls of one caller that wait for the same answer of the primary process. */
export class WaitingCalls {
  readonly kind: CallKind
  readonly key: string
  readonly #onLate: () => Promise<void> | undefined
  readonly #timer: NodeJS.Timeout
  #calls: WaitingCall[] = []
  #isLate = false

  constructor({ kind, key, patienceMs, onLate }: WaitingCallsSettings) {
    this.kind = kind
    this.key = key
    this.#onLate = onLate
    this.#timer = setTimeout(() => this.#giveUp(), patienceMs).unref()
  }

  /** The number of calls. */
  get count(): number {
    return this.#calls.length
  }

  /** Whether the answer has not come in time. */
  get isLate(): boolean {
    return this.#isLate
  }

  /** Adds a call. The promise settles once it is decided. */
  add(): Promise<void> {
    return new Promise((resolve) => this.#calls.push({ follow: resolve }))
  }

  /** The answer has come. Decides about each call, in the order in which they came. */
  settle(decide: (call: WaitingCall) => void): void {
    clearTimeout(this.#timer)
    const calls = this.#calls
    this.#calls = []
    for (const call of calls) decide(call)
  }

  #giveUp(): void {
    this.#isLate = true
    this.settle((call) => call.follow(this.#onLate()))
  }
}
