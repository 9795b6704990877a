import type { RegistryError } from '../../../domain/errors.ts'
import type { Limits } from '../../limits.ts'
import type { Exchange } from '../exchange.ts'
import { bodyCut, tooLargeForNow } from './body-errors.ts'
import { beginReading, endReading, failureOf, hold, takeContinue } from './unfinished-bodies.ts'

/**
 * The chunks of a body, for a streaming method. Throws if the body does not arrive in time, and lets the answer end the
 * connection then. Leaving the loop early does not destroy the request, because over HTTP/1.1 that would destroy the
 * answer, too. The body of a conversation has messages that follow the answers to those before, so it may pause as an
 * idle session may.
 */
export async function* bodyChunks(
  exchange: Exchange,
  limits: Limits,
  isConversation: boolean,
): AsyncGenerator<Uint8Array> {
  const { source } = exchange
  const failure = failureOf(source)
  if (failure !== undefined) throw failure
  if (takeContinue(source) && !exchange.isGone) exchange.writeContinue()
  const chunks = source.iterator({ destroyOnReturn: false })
  let failed: RegistryError | undefined
  let stopWaiting: (error: RegistryError) => void = () => {}
  const fail = (error: RegistryError) => {
    exchange.endConnection()
    failed ??= error
    stopWaiting(error)
  }
  const body = {
    ...{
      source,
      size: 0,
      isOver: false,
      since: performance.now(),
      mostMs: isConversation ? limits.sessionIdleMs : limits.requestMs,
    },
    fail,
    giveUp: () => fail(tooLargeForNow()),
  }
  beginReading(body, limits)
  try {
    for (;;) {
      const { done, value } = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        stopWaiting = reject
        if (failed !== undefined) reject(failed)
        else chunks.next().catch(throwCut).then(resolve, reject)
      })
      if (done) return
      if (isConversation) body.since = performance.now()
      else hold(body, value.byteLength, limits)
      yield value
    }
  } finally {
    body.isOver = true
    endReading(body)
  }
}

function throwCut(cause: unknown): never {
  throw bodyCut(cause)
}
