import { parentPort, workerData } from 'node:worker_threads'
import type { Request } from '../request.ts'
import { openFrameClient, toFramedCall } from './frame-client.ts'

/** Calls that arrive at random, as from many clients that do not know each other. */
export interface Arrivals {
  readonly origin: string
  readonly request: Request
  /** The bytes of the body of each answer. */
  readonly answerBytes: number
  /** The calls a second. */
  readonly rate: number
  readonly seconds: number
}

const CONNECTIONS = 8
// If the server is too slow for the rate, ever more calls wait.
const MOST_WAITING_SECONDS = 1

// The program of the thread that `measureArrivals` starts. It sends back the time of each call in microseconds.
const { origin, request, answerBytes, rate, seconds } = workerData as Arrivals
using client = await openFrameClient(origin, CONNECTIONS)
const call = toFramedCall({ ...request, ...(request.body && { body: Buffer.from(request.body) }) })
// The garbage collector of this thread should have little to do, because its pauses would count as times of the server.
const times = new Float64Array(Math.ceil(2 * rate * seconds) + 1_000)
let [begun, ended] = [0, 0]
let failure: unknown
const start = performance.now()
// The turns of the event loop follow each other without a pause, because a timer would be up to a millisecond late.
for (let due = start; due - start < seconds * 1_000; due -= (Math.log(1 - Math.random()) / rate) * 1_000) {
  while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve))
  if (begun - ended > rate * MOST_WAITING_SECONDS)
    throw new Error(`${begun - ended} calls wait at ${Math.round(rate)} a second`)
  callAt(due)
}
while (ended < begun && failure === undefined) await new Promise((resolve) => setImmediate(resolve))
if (failure !== undefined) throw failure
parentPort?.postMessage(times.slice(0, ended))

function callAt(due: number): void {
  begun++
  client.call(call).then(
    (bytes) => {
      times[ended++] = (performance.now() - due) * 1_000
      if (bytes !== answerBytes) failure ??= new Error(`an answer has ${bytes} bytes, not ${answerBytes}`)
    },
    (error) => {
      failure ??= error
    },
  )
}
