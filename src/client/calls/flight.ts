import { type Call, type Progress, untilAborted } from './call.ts'
import { nobodyWaits } from './errors.ts'

/** Work that several calls wait for. A call that gives up changes nothing for the others; after the last, the work ends. */
export interface Flight<T> {
  /** Waits for the work within the call's own limits. The first to join starts it. */
  join(call: Call): Promise<T>
}

/** Work that begins when the first call joins. `onEnd` is called once, if the work is done or given up. Then nobody joins. */
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
