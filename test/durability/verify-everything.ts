import { openStore } from '../../src/server.ts'
import { spawnServe } from '../support/serve.ts'
import { problemsIn } from '../support/verified.ts'
import type { Acknowledgements } from './acknowledgements.ts'
import { SERVICES } from './clients.ts'
import { checkAcknowledged, checkLog, readLogs, type ServiceLog } from './verify.ts'
import { checkAcknowledgedOverHttp, checkDefaultOverHttp } from './verify-over-http.ts'

/** The store to check, the acknowledged registrations, and the violations so far. */
export interface Check {
  readonly location: string
  readonly acknowledgements: Acknowledgements
  readonly violations: string[]
}

/**
 * Starts a server after a kill, and checks all stored revisions over HTTP and in the store itself. Adds the errors that it
 * finds to the violations. Resolves with the number of stored revisions.
 */
export async function checkEverything(check: Check): Promise<number> {
  const server = await spawnServe(['--store', check.location, '--log-level', 'warn'])
  try {
    return await checkServer(server.url, check)
  } finally {
    const exitCode = await server.stop()
    if (exitCode !== 0) check.violations.push(`the server ended with ${exitCode}: ${server.stderr()}`)
  }
}

async function checkServer(url: string, { location, acknowledgements, violations }: Check): Promise<number> {
  violations.push(...(await checkAcknowledgedOverHttp(url, acknowledgements.take())))
  violations.push(...(await problemsIn(location)))
  const logs = await readStore(location)
  violations.push(...logs.flatMap(checkLog), ...checkAcknowledged(logs, acknowledgements.readAll()))
  for (const log of logs) violations.push(...(await checkDefaultOverHttp(url, log)))
  return logs.reduce((sum, { entries }) => sum + entries.length, 0)
}

async function readStore(location: string): Promise<ServiceLog[]> {
  const store = await openStore(location)
  try {
    return await readLogs(store, SERVICES)
  } finally {
    await store.close()
  }
}
