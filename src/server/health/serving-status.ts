import type { Store } from '../../store/store.ts'
import type { Logger } from '../../telemetry/logger.ts'

/** How often the store is asked while somebody watches, in milliseconds. */
const POLL_MS = 1_000

/** Whether a call would be served now, and why not. */
export type ServingState = 'serving' | 'draining' | 'store unavailable'

/** What every kind of health check is answered from. */
export interface ServingStatus {
  /** Asks the store. */
  check(): Promise<ServingState>
  /** The state now, and each other state that follows, until the signal aborts. The last one may be `draining`. */
  watch(signal: AbortSignal): AsyncGenerator<ServingState>
  /** Says that the server is about to stop: at once to those who watch. It ends what they watch. */
  drain(): void
}

export function createServingStatus(store: Store, log: Logger): ServingStatus {
  const watchers = new Set<(state: ServingState) => void>()
  let isDraining = false
  let asking: Promise<ServingState> | undefined
  let poll: NodeJS.Timeout | undefined

  const ask = async (): Promise<ServingState> => {
    try {
      await store.ping()
      return 'serving'
    } catch (error) {
      log.warn({ err: error }, 'not ready: the store does not answer')
      return 'store unavailable'
    }
  }
  // However many want to know, the store is asked once at a time.
  const check = async (): Promise<ServingState> => {
    if (isDraining) return 'draining'
    asking ??= ask().finally(() => {
      asking = undefined
    })
    const state = await asking
    return isDraining ? 'draining' : state
  }
  const tell = (state: ServingState) => {
    for (const hear of watchers) hear(state)
  }
  const subscribe = (hear: (state: ServingState) => void) => {
    watchers.add(hear)
    poll ??= setInterval(() => void check().then(tell), POLL_MS).unref()
    return () => {
      watchers.delete(hear)
      if (watchers.size > 0) return
      clearInterval(poll)
      poll = undefined
    }
  }

  return {
    check,
    async *watch(signal) {
      let latest: ServingState | undefined
      let wake = () => {}
      const unsubscribe = subscribe((state) => {
        latest = state
        wake()
      })
      const onAbort = () => wake()
      signal.addEventListener('abort', onAbort)
      try {
        let last: ServingState | undefined
        latest = await check()
        while (!signal.aborted && last !== 'draining') {
          if (latest !== last) {
            last = latest
            yield last
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      } finally {
        signal.removeEventListener('abort', onAbort)
        unsubscribe()
      }
    },
    drain: () => {
      isDraining = true
      tell('draining')
    },
  }
}
