import type { ChildProcess } from 'node:child_process'
import type { Worker } from 'node:cluster'

/** A connection of Node that is not yet a socket. */
interface Handle {
  close(): void
}

/** The part of `ChildProcess` through which Node passes connections to a worker. Its types leave out these messages. */
interface Channel {
  send(
    message: { readonly act?: string; readonly seq?: number },
    handle: Handle | undefined,
    ...rest: unknown[]
  ): boolean
  on(event: 'internalMessage', listener: (message: { readonly ack?: number }) => void): unknown
}

/**
 * Closes the connections that a worker has not taken before it died. Node 26 keeps them open for ever, so their clients
 * would wait until their own time limits.
 */
export function closeConnectionsInTransit(worker: Worker): void {
  const channel = worker.process as ChildProcess as unknown as Channel
  const sent = new Map<number, Handle>()
  const send = channel.send.bind(channel)
  channel.send = (message, handle, ...rest) => {
    if (message.act === 'newconn' && handle && message.seq !== undefined) sent.set(message.seq, handle)
    return send(message, handle, ...rest)
  }
  channel.on('internalMessage', ({ ack }) => {
    if (ack !== undefined) sent.delete(ack)
  })
  worker.on('exit', () => {
    for (const handle of sent.values()) handle.close()
  })
}
