import { randomBytes } from 'node:crypto'
import { startMongod } from './mongod.ts'
import type { RunningMongo, Topology, Unavailable } from './running-mongo.ts'

const ADVICE =
  'Set WAYPOST_TEST_MONGODB_URI, set MONGOMS_SYSTEM_BINARY to the path of a mongod, or put mongod on the PATH.'

/**
 * Resolves with the deployment that `WAYPOST_TEST_MONGODB_URI` names, which takes the place of each topology, or else
 * starts a new one. Call it once for a whole run. It never rejects. If there is no mongod, it resolves with the reason,
 * which the caller prints for the skipped tests.
 */
export async function startMongo(topology: Topology): Promise<RunningMongo | Unavailable> {
  const uri = process.env.WAYPOST_TEST_MONGODB_URI
  if (uri) return { uri, engine: 'WAYPOST_TEST_MONGODB_URI', stop: async () => {} }
  try {
    return await startMongod(topology)
  } catch (error) {
    return { unavailable: `No MongoDB for the tests: ${oneLine(error)}. ${ADVICE}` }
  }
}

/** The connection string with a new database's name in its path. */
export function mongoLocation(uri: string): string {
  const [server = '', query] = uri.split('?')
  const path = `${server.replace(/^(mongodb(?:\+srv)?:\/\/[^/]+).*$/, '$1')}/waypost_test_${randomBytes(6).toString('hex')}`
  return query === undefined ? path : `${path}?${query}`
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/\s+/g, ' ').trim()
}
