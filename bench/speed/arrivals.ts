import { parentPort, workerData } from 'node:worker_threads'
import { type Http2Call, openHttp2Client } from './http2-client.ts'

/** Calls that arrive at random, as from many clients that do not know each other. */
export interface Arrivals {
  readonly origin: string
  readonly call: Http2Call
  /** The calls a second. */
  readonly rate: number
  readonly seconds: number
}

const CONNECTIONS = 8
// A call has to wait for its turn, so a server that is too slow for the rate would make the list endless.
const MOST_IN_FLIGHT = 10_000

// The program of the thread that `measureArrivals` starts. It sends back the time of each call in microseconds.
const { origin, call, rate, seconds } = workerData as Arrivals
await using client = await openHttp2Client(origin, CONNECTIONS)
const body = call.body && Buffer.from(call.body)
const copied = { ...call, ...(body && { body }) }
const times: number[] = []
const calls: Promise<void>[] = []
const start = performance.now()
let due = start
// The turns of the event loop follow each other without a pause, because a timer would be up to a millisecond late.
for (; due - start < seconds * 1_000; due -= (Math.log(1 - Math.random()) / rate) * 1_000) {
  while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve))
  if (calls.length - times.length > MOST_IN_FLIGHT) throw new Error(`the server cannot answer ${rate} calls a second`)
  const arrived = due
  calls.push(client.call(copied).then(() => void times.push((performance.now() - arrived) * 1_000)))
}
await Promise.all(calls)
parentPort?.postMessage(Float64Array.from(times))
