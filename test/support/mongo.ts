import { randomBytes } from 'node:crypto'
import { startStandIn } from './mongo-stand-in.ts'
import { fetchJars } from './mongo-stand-in-jars.ts'
import { findMongod, startMongod } from './mongod.ts'
import type { RunningMongo, Unavailable } from './running-mongo.ts'

const ADVICE = 'Set WAYPOST_TEST_MONGODB_URI, put mongod on the PATH, or install a JDK (17 or newer) and Maven.'

/**
 * Finds the best MongoDB that this machine has: the one that `WAYPOST_TEST_MONGODB_URI` names, else a new mongod
 * (installed or downloaded), else a Java stand-in. Each call starts a server, so call it once for a whole run.
 * Never rejects. If there is no engine, it resolves with the reason, which the caller prints for the skipped tests.
 */
export async function startMongo(): Promise<RunningMongo | Unavailable> {
  const uri = process.env.WAYPOST_TEST_MONGODB_URI
  if (uri) return { uri, engine: 'WAYPOST_TEST_MONGODB_URI', stop: async () => {} }
  const reasons: string[] = []
  for (const start of [startMongod, startStandIn]) {
    try {
      return await start()
    } catch (error) {
      reasons.push(oneLine(error))
    }
  }
  return { unavailable: `No MongoDB for the tests: ${reasons.join('; ')}. ${ADVICE}` }
}

/** The connection string with a new database's name in its path. */
export function mongoLocation(uri: string): string {
  const [server = '', query] = uri.split('?')
  const path = `${server.replace(/^(mongodb(?:\+srv)?:\/\/[^/]+).*$/, '$1')}/waypost_test_${randomBytes(6).toString('hex')}`
  return query === undefined ? path : `${path}?${query}`
}

/**
 * Downloads the server that `startMongo` will start, so that the download does not count against a test's time limit.
 */
async function prepare(): Promise<void> {
  for (const fetch of [() => findMongod(console.log), fetchJars]) {
    try {
      console.log(`ready: ${await fetch()}`)
      return
    } catch (error) {
      console.log(oneLine(error))
    }
  }
  console.error(ADVICE)
  process.exitCode = 1
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/\s+/g, ' ').trim()
}

// For CI: `node test/support/mongo.ts`
if (import.meta.main) await prepare()
