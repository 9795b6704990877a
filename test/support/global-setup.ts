import type { TestProject } from 'vitest/node'
import { startMongo } from './mongo.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The engine that the MongoDB tests run against, or why they are skipped. */
    mongo: { readonly uri: string } | { readonly unavailable: string }
  }
}

/** Starts one MongoDB for the whole run. Where none can be had its tests are skipped, but in CI that is a failure. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const mongo = await startMongo()
  if ('unavailable' in mongo) {
    if (process.env.CI === 'true') throw new Error(mongo.unavailable)
    console.warn(`MongoDB tests are skipped. ${mongo.unavailable}`)
    project.provide('mongo', { unavailable: mongo.unavailable })
    return async () => {}
  }
  console.log(`MongoDB tests run against ${mongo.engine}.`)
  project.provide('mongo', { uri: mongo.uri })
  return mongo.stop
}
