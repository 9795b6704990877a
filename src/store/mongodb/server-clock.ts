import type { Document, MongoClient } from 'mongodb'
import type { ReferenceClock } from '../reference-clock.ts'

/** Keeps a clock at the time of the deployment. The driver asks each server every second, without our commands. */
export function followServerClock(client: Pick<MongoClient, 'on'>, clock: ReferenceClock): void {
  client.on('serverHeartbeatSucceeded', ({ reply }) => setFromHello(clock, reply))
}

/** Sets a clock to the time in a server's answer to `hello`. Only the server that takes the writes decides the time. */
export function setFromHello(clock: ReferenceClock, hello: Document): void {
  if (hello.isWritablePrimary === true && hello.localTime instanceof Date) clock.set(hello.localTime.getTime())
}
