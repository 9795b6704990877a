import type { Readable } from 'node:stream'
import type { RegistryError } from '../../../domain/errors.ts'
import type { Limits } from '../../limits.ts'
import { bodyCut, tooSlow } from './body-errors.ts'
import { BodyMemory, type UnfinishedBody } from './body-memory.ts'

/** A body that is being read. */
export interface BodyInProgress extends UnfinishedBody {
  readonly source: Readable
  /** Ends its reading with an error. */
  readonly fail: (error: RegistryError) => void
  /** How long it may take from its beginning, or pause in a conversation, in milliseconds. */
  readonly mostMs: number
  /** The time of its beginning, or of its last part in a conversation, on the clock of `performance.now()`. */
  since: number
}

/** The errors of bodies that nobody had begun to read when they occurred. */
const failures = new WeakMap<Readable, RegistryError>()

/** The requests whose clients wait for `100 Continue` before they send the body. */
const awaitsContinue = new WeakSet<Readable>()

const memory = new BodyMemory<BodyInProgress>()
let timer: NodeJS.Timeout | undefined

/** The client sends the body only after the server has asked for it. A refusal then comes without the body. */
export function expectContinue(source: Readable): void {
  awaitsContinue.add(source)
}

/** Whether the client waits to be asked for the body. Only the first call returns true. */
export function takeContinue(source: Readable): boolean {
  return awaitsContinue.delete(source)
}

/** Ends the reading of a body with an error, because its other bytes cannot be read. */
export function failBody(source: Readable, error: RegistryError): void {
  failures.set(source, error)
  memory
    .current()
    .find((body) => body.source === source)
    ?.fail(error)
}

/** The error of a body that cannot be read. */
export function failureOf(source: Readable): RegistryError | undefined {
  return failures.get(source)
}

/** A body is read from now on, until `endReading` is called. It fails if it takes too long. */
export function beginReading(body: BodyInProgress, { sweepMs }: Limits): void {
  memory.add(body)
  // One timer for all bodies, because most of them are complete at once.
  timer ??= setInterval(failSlowBodies, sweepMs / 2).unref()
}

/** A part of a body has arrived. */
export function hold(body: BodyInProgress, bytes: number, { bodiesBytes }: Limits): void {
  memory.hold(body, bytes, bodiesBytes)
}

/** A body is complete, or no longer read. */
export function endReading(body: BodyInProgress): void {
  memory.release(body)
}

function failSlowBodies(): void {
  const now = performance.now()
  for (const body of [...memory.current()]) {
    if (isCut(body)) body.fail(bodyCut())
    else if (now - body.since > body.mostMs) body.fail(tooSlow(body.mostMs))
  }
  if (memory.current().length > 0) return
  clearInterval(timer)
  timer = undefined
}

// Node also destroys a stream after its end, although its last part may not have been taken yet.
function isCut({ source }: BodyInProgress): boolean {
  return source.destroyed && !source.readableEnded
}
