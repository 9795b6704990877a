import { constants } from 'node:http2'
import { quote, RegistryError } from '../../domain/errors.ts'
import { fromConnectError } from '../call/wire-errors.ts'
import type { Limits } from '../limits.ts'
import { BodyMemory, type UnfinishedBody } from './body-memory.ts'
import { gzip } from './gzip.ts'
import type { Exchange, NodeRequest } from './node-http.ts'

/** Reads the whole body of a request, and decompresses it. Throws if it is too large or does not arrive in time. */
export async function readBody(exchange: Exchange, limits: Limits): Promise<Uint8Array> {
  const bytes = await readBounded(exchange, limits)
  return bytes.byteLength === 0 ? bytes : decompress(bytes, exchange.request.headers['content-encoding'], limits)
}

/** Whether a request has a body, by its headers. */
export function hasBody(request: NodeRequest): boolean {
  const length = request.headers['content-length']
  if (length !== undefined) return length !== '0'
  return 'stream' in request ? !request.stream.endAfterHeaders : 'transfer-encoding' in request.headers
}

/** The functions that end the reading of a body with an error. */
const readers = new WeakMap<NodeRequest, (error: RegistryError) => void>()

/** The errors of bodies that nobody had begun to read when they occurred. */
const failures = new WeakMap<NodeRequest, RegistryError>()

/** Ends the reading of a body with an error, because its other bytes cannot be read. */
export function failBody(request: NodeRequest, error: RegistryError): void {
  failures.set(request, error)
  readers.get(request)?.(error)
}

const memory = new BodyMemory()

/** The requests whose clients wait for `100 Continue` before they send the body. */
const awaitsContinue = new WeakSet<NodeRequest>()

/** The client sends the body only after the server has asked for it. A refusal then comes without the body. */
export function expectContinue(request: NodeRequest): void {
  awaitsContinue.add(request)
}

/**
 * The chunks of a body. Throws if the body does not arrive in time, and lets the answer end the connection then. Leaving
 * the loop early does not destroy the request, because over HTTP/1.1 that would destroy the answer, too. The body of a
 * conversation has messages that follow the answers to those before, so it may pause as an idle session may.
 */
export async function* bodyChunks(
  { request, response }: Exchange,
  limits: Limits,
  isConversation = false,
): AsyncGenerator<Uint8Array> {
  const failure = failures.get(request)
  if (failure !== undefined) throw failure
  if (awaitsContinue.delete(request)) response.writeContinue()
  const chunks = request.iterator({ destroyOnReturn: false })
  let failed: RegistryError | undefined
  let stopWaiting: (error: RegistryError) => void = () => {}
  const fail = (error: RegistryError) => {
    // The rest of the body would be read as the next request.
    if ('shouldKeepAlive' in response) response.shouldKeepAlive = false
    failed ??= error
    stopWaiting(error)
  }
  readers.set(request, fail)
  const mostMs = isConversation ? limits.sessionIdleMs : limits.requestMs
  const timer = setTimeout(() => fail(tooSlow(mostMs)), mostMs)
  const body: UnfinishedBody = { size: 0, giveUp: () => fail(tooLargeForNow()) }
  try {
    for (;;) {
      const { done, value } = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        stopWaiting = reject
        if (failed !== undefined) reject(failed)
        else chunks.next().catch(giveUp).then(resolve, reject)
      })
      if (done) return
      if (isConversation) timer.refresh()
      else memory.hold(body, value.byteLength, limits.bodiesBytes)
      yield value
    }
  } finally {
    clearTimeout(timer)
    readers.delete(request)
    memory.release(body)
  }
}

/**
 * Reads and drops the rest of a body after an early answer. A sender that writes its whole body first can then read the
 * answer. Cuts off a sender that exceeds `drainBytes` or `drainMs`.
 */
export function drain(request: NodeRequest, limits: Limits): void {
  if (request.readableEnded || request.destroyed) return
  let left: number = limits.drainBytes
  const cutOff = () => ('stream' in request ? request.stream.close(constants.NGHTTP2_CANCEL) : request.destroy())
  const timer = setTimeout(cutOff, limits.drainMs).unref()
  request.once('close', () => clearTimeout(timer))
  // An iterator that was left early still listens for `readable`, which stops the flow of data.
  request.removeAllListeners('readable')
  request.on('data', (chunk: Buffer) => {
    left -= chunk.byteLength
    if (left < 0) cutOff()
  })
  request.resume()
}

async function readBounded(exchange: Exchange, limits: Limits): Promise<Uint8Array> {
  const announced = Number(exchange.request.headers['content-length'])
  if (announced > limits.bodyBytes) throw tooLarge(limits.bodyBytes, announced)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyChunks(exchange, limits)) {
    size += chunk.byteLength
    if (size > limits.bodyBytes) throw tooLarge(limits.bodyBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function decompress(bytes: Uint8Array, encoding = 'identity', limits: Limits): Promise<Uint8Array> {
  if (encoding === 'identity') return bytes
  if (encoding !== 'gzip') throw unsupportedEncoding(encoding)
  return gzip.decompress(bytes, limits.bodyBytes).catch((error) => {
    throw fromConnectError(error)
  })
}

function unsupportedEncoding(encoding: string): RegistryError {
  const message = `the content-encoding ${quote(encoding)} is not supported; use gzip or identity.`
  return new RegistryError({ reason: 'UNSUPPORTED_MEDIA_TYPE', message })
}

/** The error for a body of more than `maxBytes` bytes. `size` is its size, if that is known. */
export function tooLarge(maxBytes: number, size?: number): RegistryError {
  const fact = size === undefined ? `is larger than ${maxBytes} bytes` : `has ${size} bytes`
  const message = `the request body ${fact}; send at most ${maxBytes} bytes.`
  return new RegistryError({ reason: 'REQUEST_TOO_LARGE', message })
}

// An error of the body means that its sender has cut the connection or reset the stream.
function giveUp(cause: unknown): never {
  throw new RegistryError({
    reason: 'CANCELED',
    message: 'the request ended before it was complete; send it again.',
    cause,
  })
}

function tooSlow(ms: number): RegistryError {
  const message = `the request did not arrive within ${ms} ms; send it faster.`
  return new RegistryError({ reason: 'REQUEST_TOO_SLOW', message })
}

function tooLargeForNow(): RegistryError {
  const message = 'the request did not arrive before others needed its memory; send it again, and faster.'
  return new RegistryError({ reason: 'REQUEST_TOO_SLOW', message })
}
