import type { Writable } from 'node:stream'
import type { LogOutput } from './log-output.ts'

/** The most text that waits for a slow reader, in characters. */
const MOST_WAITING = 1024 * 1024

/** The part of Node's terminals that its types leave out. */
interface Handle {
  setBlocking?(isBlocking: boolean): unknown
}

/** Writes the log to a pipe, a socket or a terminal. Lines that a slow reader leaves wait in memory, up to 1 MiB. */
export function streamOutput(stream: Writable): LogOutput {
  let isLost = false
  stream.on('error', () => {
    isLost = true
  })
  // Node writes to terminals in blocking mode. A terminal that is paused by Ctrl-S, or behind a dead connection, would
  // then stop the server.
  const { _handle: handle } = stream as { _handle?: Handle }
  handle?.setBlocking?.(false)
  return {
    hasRoom: () => !isLost && stream.writableLength < MOST_WAITING / 2,
    write: (line) => {
      if (isLost || stream.writableLength + line.length > MOST_WAITING) return false
      stream.write(line)
      return true
    },
    flush: (ms) => (isLost || stream.writableLength === 0 ? undefined : drained(stream, ms)),
    onRoom: (tell) => stream.on('drain', tell),
  }
}

function drained(stream: Writable, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    for (const event of ['drain', 'error', 'close']) {
      stream.once(event, () => {
        clearTimeout(timer)
        resolve()
      })
    }
  })
}
