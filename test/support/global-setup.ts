import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startMongo } from './mongo.ts'
import type { RunningMongo, Unavailable } from './running-mongo.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /**
     * The URL at which a test file asks for the MongoDB of this run, see `mongo-storage.ts`. Empty if the run uses
     * none.
     */
    mongoStarter: string
  }
}

/**
 * Starts one MongoDB for the whole run, as soon as the first test file asks for it. A run whose files don't use MongoDB
 * starts none.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let mongo: Promise<RunningMongo | Unavailable> | undefined
  const server = createServer((_request, response) => {
    mongo ??= startMongo().then(report)
    mongo.then((answer) => response.end(JSON.stringify(answer)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('mongoStarter', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    const started = await mongo
    if (started && 'stop' in started) await started.stop()
  }
}

function report(mongo: RunningMongo | Unavailable): RunningMongo | Unavailable {
  if ('unavailable' in mongo) console.warn(`MongoDB tests are skipped. ${mongo.unavailable}`)
  else console.log(`MongoDB tests run against ${mongo.engine}.`)
  return mongo
}
