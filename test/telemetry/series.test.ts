import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { makeEveryKindOfCall, type ObservedServer, startObserved } from '../support/observed-server.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'PURGE']

/** Paths with a random part, known and unknown ones. */
const PATHS: readonly ((part: string) => string)[] = [
  (part) => `/services/${part}/${part}`,
  (part) => `/services/${part}/${part}?revision_tag=${part}`,
  (part) => `/services/${part}/${part}?${part}=1`,
  (part) => `/services/${part}/${part}/revisions/${part}`,
  (part) => `/services/${part}/${part}/aliases/${part}`,
  (part) => `/services/${part}/${part}/default`,
  (part) => `/services/not%20valid/${part}`,
  (part) => `/services?page_token=${part}`,
  (part) => `/${part}`,
  (part) => `/waypost.v1.ServiceRegistry/${part}`,
  (part) => `/waypost.v1.ServiceRegistry/Get?${part}`,
  (part) => `/livez?${part}`,
]

/** Bodies with a random part. The content type decides the protocol. */
const BODIES: readonly ((part: string) => readonly [type: string, body: string])[] = [
  (part) => ['application/json', JSON.stringify({ revision_tag: part, is_default: false })],
  (part) => ['application/json', JSON.stringify({ namespace: part, name: part, revisionTag: part })],
  (part) => ['application/grpc', part],
  (part) => [`text/${part}`, part],
]

const COMBINATIONS = METHODS.length * PATHS.length * BODIES.length

/** Sends requests with random parts over one connection after another. The combination of number `n` is always the same. */
async function send(url: string, seed: string, numbers: readonly number[]): Promise<void> {
  const { hostname, port } = new URL(url)
  for (let at = 0; at < numbers.length; at += 500) {
    const socket = connect(Number(port), hostname).resume()
    const requests = numbers.slice(at, at + 500).map((number) => toRequest(number, `${seed}-${at}-${number}`))
    socket.write(`${requests.join('')}GET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
    await once(socket, 'close')
  }
}

function toRequest(number: number, part: string): string {
  const method = METHODS[number % METHODS.length] ?? ''
  const path = PATHS[Math.floor(number / METHODS.length) % PATHS.length]?.(part)
  const [type, body] = BODIES[Math.floor(number / METHODS.length / PATHS.length) % BODIES.length]?.(part) ?? ['', '']
  return `${method} ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

async function seriesOf({ readSamples }: ObservedServer): Promise<string[]> {
  return (await readSamples()).map(({ name, labels }) => JSON.stringify([name, labels]))
}

test('10,000 requests of random paths, methods and codes add no series, and no label has a part of them', async () => {
  await using observed = await startObserved()
  const { url } = observed.server
  await makeEveryKindOfCall(url)
  await send(url, 'first', [...Array(COMBINATIONS).keys()])
  const before = await seriesOf(observed)
  await send(url, 'second', [...Array(10_000).keys()])
  const after = await seriesOf(observed)
  // The collector of garbage may run for the first time, in a way of its own.
  const isOurs = (series: string) => !series.includes('nodejs_')
  expect(after.filter((series) => isOurs(series) && !before.includes(series))).toEqual([])
  expect(after.length).toBeLessThan(3_000)
  expect(await observed.readMetrics()).not.toMatch(/first-|second-|my-org|my-service|1\.2\.9|anonymous/)
  const count = (await observed.readSamples())
    .filter(({ name }) => name === 'http_server_request_duration_seconds_count')
    .reduce((sum, { value }) => sum + value, 0)
  expect(count).toBeGreaterThan(10_000 + COMBINATIONS)
})
