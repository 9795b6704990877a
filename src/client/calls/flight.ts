import { type Call, type Progress, untilAborted } from './call.ts'
import { Cancellation } from './cancellation.ts'
import { nobodyWaits } from './errors.ts'

/**
 * Work that several calls share. It begins when the first call joins. If a call gives up, the others still wait; if the
 * last one gives up, the work is aborted. `onEnd` is called once, when the work is done or aborted. No call may join
 * after that.
 */
export class Flight<T> {
  readonly #work: (call: Call) => Promise<T>
  readonly #onEnd: () => void
  readonly #waiting = new Set<Call>()
  readonly #cancellation = new Cancellation()
  readonly #progress: Progress = {}
  #landing: Promise<T> | undefined
  #isOver = false

  constructor(work: (call: Call) => Promise<T>, onEnd: () => void) {
    this.#work = work
    this.#onEnd = onEnd
  }

  /** Waits for the work within the limits of the call. */
  join(call: Call): Promise<T> {
    call.progress.shared = this.#progress
    this.#waiting.add(call)
    this.#landing ??= this.#work(this.#sharedCall()).finally(() => this.#end())
    return untilAborted(call.signal, this.#landing).finally(() => {
      call.progress.shared = undefined
      this.#leave(call)
    })
  }

  #sharedCall(): Call {
    const cancellation = this.#cancellation
    return {
      cancellation,
      get signal() {
        return cancellation.signal
      },
      progress: this.#progress,
      remainingMs: () => Math.max(...[...this.#waiting].map((call) => call.remainingMs())),
      // A call that joins later may have a later deadline.
      deadlineMs: () => undefined,
    }
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onEnd()
  }

  #leave(call: Call): void {
    this.#waiting.delete(call)
    if (this.#waiting.size > 0 || this.#isOver) return
    this.#end()
    this.#cancellation.cancel(nobodyWaits())
  }
}
