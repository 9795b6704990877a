import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startMongo } from './mongo.ts'
import type { RunningMongo, Topology, Unavailable } from './running-mongo.ts'
import { searchTokens } from './token-search/search.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /**
     * The URL at which a test file asks for a MongoDB, see `request-mongo.ts`. Empty if the run uses none.
     */
    mongoStarter: string
    /** The folder for the tokens that tests use, and for the words that servers write. */
    tokenSearch: string
  }
}

const CACHE = 'node_modules/.cache/waypost'

/**
 * Starts at most one MongoDB of each topology for the whole run, as soon as the first test file asks for it. A run whose
 * files don't use MongoDB starts none. At the end, fails if a server has written a token that a test used.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = new Map<Topology, Promise<RunningMongo | Unavailable>>()
  const start = (topology: Topology) => {
    const mongo = started.get(topology) ?? startMongo(topology).then(report)
    started.set(topology, mongo)
    return mongo
  }
  const server = createServer(async (request, response) => {
    const topology = decodeURIComponent(request.url?.slice(1) ?? '') as Topology
    response.end(JSON.stringify(await start(topology)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('mongoStarter', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(`${CACHE}/token-search-`)
  project.provide('tokenSearch', folder)
  return async () => {
    server.close()
    const all = await Promise.all(started.values())
    await Promise.all(all.map((mongo) => 'stop' in mongo && mongo.stop()))
    try {
      const { needles, words } = searchTokens(folder)
      console.log(`No server wrote a token: ${needles} parts of tokens, and ${words} words of servers.`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function report(mongo: RunningMongo | Unavailable): RunningMongo | Unavailable {
  if ('unavailable' in mongo) console.warn(`MongoDB tests are skipped. ${mongo.unavailable}`)
  else console.log(`MongoDB tests run against ${mongo.engine}.`)
  return mongo
}
