import { expect } from 'vitest'
import { randomFrom } from '../fuzz/random.ts'
import { apis } from '../support/api.ts'
import { checkLinearizable } from './check.ts'
import { createRecorder, type RecordedCall, type ServiceName } from './history.ts'
import { type Writer, writeTogether } from './operations.ts'
import { describeFailure } from './report.ts'
import { serviceSpecification } from './specification.ts'

const CALLS_EACH = 10
const CALLS_A_SERVICE = 4 * CALLS_EACH

/** A server of a history. */
export interface HistoryServer {
  readonly url: string
  /** See `Operation`. Default: false. */
  readonly isAlwaysStored?: boolean
}

export interface Histories {
  readonly servers: readonly [HistoryServer, HistoryServer]
  readonly seed: number
  /** The number of calls in all histories. */
  readonly calls: number
  /** Is called before each history, with the part of the histories that are done, from 0 to 1. */
  readonly onProgress?: (part: number) => void
}

/**
 * Lets 4 writers change one service after the other, over two servers and every protocol. Fails if no order of the calls
 * explains all answers, or if too few of them conflicted.
 */
export async function runHistories({ servers, seed, calls, onProgress = () => {} }: Histories): Promise<void> {
  const writers = [0, 0, 1, 1].map((server, index): Writer => {
    const { url, isAlwaysStored } = servers[server] as HistoryServer
    const routes = Object.values(apis).map((open) => {
      const api = open(url)
      return { name: `${index + 1} ${api.protocol} to ${'AB'[server]}`, api, isAlwaysStored }
    })
    return { random: randomFrom(seed + index), routes }
  })
  const all: RecordedCall[] = []
  const services = Math.ceil(calls / CALLS_A_SERVICE)
  for (let count = 0; count < services; count++) {
    onProgress(count / services)
    const service = { namespace: 'my-org', name: `my-service-${count}` }
    const recorder = createRecorder(service)
    const endLookups = lookUpOften(servers, service)
    await writeTogether(recorder, writers, CALLS_EACH)
    await endLookups()
    const { isLinearizable } = checkLinearizable(serviceSpecification, recorder.calls)
    if (!isLinearizable) expect.fail(`my-service-${count}: ${describeFailure(recorder.calls)}`)
    all.push(...recorder.calls)
  }
  for (const { routes } of writers) for (const { api } of routes) api.close()
  expectContention(all)
}

/**
 * Looks up the default of a service on each server, again and again, until the returned function is called. Servers keep the
 * results of lookups that are repeated, and a recorded lookup must not get one that is too old.
 */
function lookUpOften(servers: readonly HistoryServer[], { namespace, name }: ServiceName): () => Promise<unknown> {
  let isOver = false
  const loops = [...new Set(servers.map(({ url }) => url))].map(async (url) => {
    while (!isOver) await (await fetch(`${url}/services/${namespace}/${name}`)).arrayBuffer()
  })
  return () => {
    isOver = true
    return Promise.all(loops)
  }
}

// Fails if the calls did not conflict enough to prove anything.
function expectContention(calls: readonly RecordedCall[]): void {
  const outcomes = calls.flatMap(({ outcome }) => outcome ?? [])
  const answered = calls.filter(({ outcome }) => outcome && 'answer' in outcome)
  const methods = new Set(answered.map(({ operation }) => operation.method))
  const reasons = new Set(outcomes.map((outcome) => 'refused' in outcome && outcome.refused.reason))
  expect(outcomes.length, 'calls whose outcome is known').toBeGreaterThan(0.99 * calls.length)
  expect(answered.length, 'calls that were answered').toBeGreaterThan(calls.length / 3)
  expect(methods.size, 'the methods with an answered call').toBe(10)
  expect(reasons, 'a compare-and-set was too late').toContain('ETAG_MISMATCH')
}
