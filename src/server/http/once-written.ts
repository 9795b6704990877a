import type { Writable } from 'node:stream'

/**
 * Calls back once everything was written to a stream, or it is closed. Returns false if that has already happened.
 * `isHead`: the stream belongs to a HEAD request over HTTP/2, which Node finishes before its answer.
 */
export function onceWritten(writable: Writable, isHead: boolean, callback: () => void): boolean {
  if (writable.destroyed || (writable.writableFinished && !isHead)) return false
  const over = () => {
    writable.off('finish', over).off('close', over)
    callback()
  }
  if (!isHead) writable.once('finish', over)
  writable.once('close', over)
  return true
}
