import { RegistryError } from '../domain/errors.ts'
import { type Call, type Progress, untilAborted } from './call.ts'

/** Work that several calls wait for. One that gives up changes nothing for the others; with the last, the work ends. */
export interface Flight<T> {
  /** Waits for the work within the call's own limits. The first to join starts it. */
  join(call: Call): Promise<T>
}

/** Work that begins when the first call joins. `onEnd` hears, once, that it is over or given up: nobody joins any more. */
export function prepareFlight<T>(work: (call: Call) => Promise<T>, onEnd: () => void): Flight<T> {
  const waiting = new Set<Call>()
  const controller = new AbortController()
  const progress: Progress = {}
  const shared: Call = {
    signal: controller.signal,
    progress,
    remainingMs: () => Math.max(...[...waiting].map((call) => call.remainingMs())),
    // Who joins later may have more time than those who wait now.
    deadlineMs: () => undefined,
  }
  let landing: Promise<T> | undefined
  let isOver = false
  const end = () => {
    if (isOver) return
    isOver = true
    onEnd()
  }
  const leave = (call: Call) => {
    waiting.delete(call)
    if (waiting.size > 0 || isOver) return
    end()
    controller.abort(nobodyWaits())
  }
  return {
    join: (call) => {
      const own = call.progress
      call.progress = progress
      waiting.add(call)
      landing ??= work(shared).finally(end)
      return untilAborted(call.signal, landing).finally(() => {
        call.progress = own
        leave(call)
      })
    },
  }
}

// Nobody is there to see it, but for the work itself.
function nobodyWaits(): RegistryError {
  return new RegistryError({ code: 'canceled', reason: 'CANCELED', message: 'Nobody waits for the answer any more.' })
}
