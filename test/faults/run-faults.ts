import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Acknowledgements } from '../durability/acknowledgements.ts'
import { checkEverything } from '../durability/verify-everything.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { FaultySet } from './faulty-set.ts'
import { Ground } from './ground.ts'
import type { LoadCounts } from './load.ts'
import type { Scenario } from './scenarios.ts'

const SERVERS = 2

export interface FaultsOptions {
  readonly scenarios: readonly (readonly [name: string, scenario: Scenario])[]
  /** See `FaultySetOptions`. */
  readonly electionTimeoutMs: number
  readonly report?: (line: string) => void
}

export interface FaultsOutcome extends LoadCounts {
  readonly acknowledged: number
  readonly stored: number
  /** The height of the ladder. */
  readonly height: number
  /** The longest time from the election of a primary until all servers answered lookups and changes. */
  readonly slowestRecoveryMs: number
  readonly violations: readonly string[]
}

/** Runs the scenarios on a replica set, one after another, while clients call two servers, and checks everything. */
export async function runFaults({ scenarios, electionTimeoutMs, report }: FaultsOptions): Promise<FaultsOutcome> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'waypost-faults-')))
  const set = opened.adopt(await FaultySet.start({ electionTimeoutMs }), (each) => each.remove())
  const { location } = set
  const violations: string[] = []
  const acknowledgements = new Acknowledgements(join(folder.path, 'log'))
  const servers: ServeProcess[] = []
  for (let count = 0; count < SERVERS; count++)
    servers.push(opened.adopt(await spawnServe(['--store', location, '--log-level', 'fatal']), stop))
  const urls = servers.map(({ url }) => url)
  const ground = new Ground({ set, urls, acknowledgements, violations })
  for (const [name, scenario] of scenarios) {
    const load = ground.load(urls)
    const start = performance.now()
    await scenario(ground)
    const { calls, unavailable } = await load.stop()
    const took = Math.round(performance.now() - start)
    report?.(`${name}: ${took} ms, ${calls} calls, ${unavailable} unavailable, ${violations.length} violations so far`)
  }
  for (const url of urls) await checkLadder(ground, url, violations)
  const stored = await checkEverything({ location, acknowledgements, violations })
  return {
    ...sum(ground.loads),
    ...{ acknowledged: acknowledgements.readAll().length, stored, height: ground.ladder.height },
    ...{ slowestRecoveryMs: ground.slowestRecoveryMs, violations },
  }
}

async function stop(server: ServeProcess): Promise<void> {
  await server.stop()
}

async function checkLadder({ ladder }: Ground, url: string, violations: string[]): Promise<void> {
  const { status, violation } = await ladder.look(url)
  if (status !== 200) violations.push(`the last look at the ladder answered ${status}`)
  if (violation !== undefined) violations.push(violation)
}

function sum(loads: readonly LoadCounts[]): LoadCounts {
  return {
    calls: loads.reduce((total, { calls }) => total + calls, 0),
    unavailable: loads.reduce((total, { unavailable }) => total + unavailable, 0),
    slowestLookupMs: Math.max(...loads.map(({ slowestLookupMs }) => slowestLookupMs)),
    slowestChangeMs: Math.max(...loads.map(({ slowestChangeMs }) => slowestChangeMs)),
  }
}
