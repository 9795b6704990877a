import type { Limits } from '../../limits.ts'
import type { Exchange } from '../exchange.ts'

/**
 * Reads and drops the rest of a body after an early answer. A sender that writes its whole body first can then read the
 * answer. Cuts off a sender that exceeds `drainBytes` or `drainMs`.
 */
export function drain(exchange: Exchange, limits: Limits): void {
  const { source } = exchange
  if (exchange.isBodyless || source.readableEnded || source.destroyed) return
  let left: number = limits.drainBytes
  const cutOff = () => exchange.cutOff()
  const timer = setTimeout(cutOff, limits.drainMs).unref()
  source.once('close', () => clearTimeout(timer))
  // An iterator that was left early still listens for `readable`, which stops the flow of data.
  source.removeAllListeners('readable')
  source.on('data', (chunk: Buffer) => {
    left -= chunk.byteLength
    if (left < 0) cutOff()
  })
  source.resume()
}
