import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A forwarder on 127.0.0.1 whose connections a test can cut, freeze and restore. */
export interface TcpProxy {
  readonly port: number
  /** Ends every connection, and refuses new ones. */
  cut(): void
  /** Keeps connections open, and accepts new ones, but forwards nothing. */
  freeze(): void
  /** From now on it forwards requests, but drops the first answer on each connection and closes the connection. */
  loseAnswers(): void
  /** From now on it forwards half of the next piece of an answer on each connection, and closes the connection. */
  cutAnswers(): void
  /** Forwards again, over new connections only. The others stay open without a word. */
  thaw(): void
  /** Forwards again. */
  restore(): void
  close(): Promise<void>
}

/** Forwards to a port of 127.0.0.1. */
export async function startTcpProxy(targetPort: number, targetHost = '127.0.0.1'): Promise<TcpProxy> {
  let mode: 'forward' | 'cut' | 'freeze' | 'lose-answers' | 'cut-answers' = 'forward'
  const pairs = new Set<readonly [Socket, Socket]>()
  const frozen = new WeakSet<Socket>()
  const endAll = () => {
    for (const sockets of pairs) for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    if (mode === 'cut') return void client.destroy()
    const target = connect(targetPort, targetHost)
    const pair = [client, target] as const
    pairs.add(pair)
    client.on('data', (chunk) => mode !== 'freeze' && !frozen.has(client) && target.write(chunk))
    target.on('data', (chunk: Buffer) => {
      if (frozen.has(client)) return
      if (mode === 'forward') client.write(chunk)
      else if (mode === 'lose-answers') client.destroy()
      else if (mode === 'cut-answers') client.end(chunk.subarray(0, chunk.length / 2), () => client.destroy())
    })
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        for (const other of pair) other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      mode = 'cut'
      endAll()
    },
    freeze: () => {
      mode = 'freeze'
    },
    loseAnswers: () => {
      mode = 'lose-answers'
    },
    cutAnswers: () => {
      mode = 'cut-answers'
    },
    thaw: () => {
      for (const [client] of pairs) frozen.add(client)
      mode = 'forward'
    },
    restore: () => {
      // The requests that were dropped in the meantime will never be answered.
      if (mode === 'freeze') endAll()
      mode = 'forward'
    },
    close: async () => {
      endAll()
      server.close()
    },
  }
}
