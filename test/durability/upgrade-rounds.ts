import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { finishUpgrade, formOfStore, openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { parseServiceId } from '../../src/domain/sruid.ts'
import { Log } from '../../src/store/contract/log.ts'
import { asForm2Storage, readStoredForms } from '../support/form-2.ts'
import { spawnServe } from '../support/serve.ts'
import type { Storage } from '../support/storage.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { startClients } from './clients.ts'
import { kill } from './kill.ts'
import { checkEverything } from './verify-everything.ts'

const FINISH = fileURLToPath(new URL('finish.ts', import.meta.url))

// SQLite checks every row while the upgrade is finished. With this many rows, it takes about as long as the longest wait.
// On MongoDB, the wait is for the connection, too.
const FILLERS = 20_000
const LONGEST_WAIT_MS = { sqlite: 25, mongodb: 60 }

export interface UpgradeRoundsOptions {
  /** Makes an empty place for each round. */
  readonly createStorage: () => Promise<Storage>
  readonly rounds: number
}

export interface UpgradeOutcome {
  readonly acknowledged: number
  /** The number of rounds in which the upgrade was not finished when its process was killed. */
  readonly unfinished: number
  /** The violations of two promises: each store is finished or not, and no acknowledged change is lost. */
  readonly violations: readonly string[]
}

/**
 * Kills the process that finishes an upgrade, and a server, at random moments while clients register, round after round.
 * Each round has a store of its own.
 */
export async function runUpgradeRounds({ createStorage, rounds }: UpgradeRoundsOptions): Promise<UpgradeOutcome> {
  const violations: string[] = []
  let acknowledged = 0
  let unfinished = 0
  for (let round = 1; round <= rounds; round++) {
    const storage = await asForm2Storage(createStorage())
    try {
      const outcome = await runRound(storage.location, round, violations)
      acknowledged += outcome.acknowledged
      unfinished += outcome.form === 2 ? 1 : 0
    } finally {
      await storage.remove()
    }
  }
  return { acknowledged, unfinished, violations }
}

async function runRound(location: string, round: number, violations: string[]) {
  if (location.startsWith('sqlite:')) await fill(location)
  await using folder = await mkdtempDisposable(join(tmpdir(), 'waypost-upgrade-'))
  const acknowledgements = new Acknowledgements(join(folder.path, 'log'))
  const server = await spawnServe(['--store', location, '--log-level', 'error'])
  try {
    const complain = (violation: string) => violations.push(violation)
    const clients = startClients({ url: server.url, round, acknowledgements, unanswered: [], complain })
    await clients.firstAcknowledgement
    await Promise.all([killWhileFinishing(location), killLater(server.child)])
    await clients.finished
  } finally {
    server.child.kill('SIGKILL')
  }
  const form = await formOfStore(parseStore(location))
  violations.push(...(await checkForms(location, form)))
  const finished = await finishUpgrade(parseStore(location))
  if (finished !== (form === 2 ? 'finished' : 'was-finished')) violations.push(`form ${form}, but ${finished}`)
  await checkEverything({ location, acknowledgements, violations })
  return { form, acknowledged: acknowledgements.readAll().length }
}

async function fill(location: string): Promise<void> {
  const store = await openStore(parseStore(location))
  const log = new Log([], parseServiceId('kill', 'filler'))
  for (let index = 0; index < FILLERS; index++) log.register(`1.${index}.0`)
  await store.appendAll(log.entries)
  await store.close()
}

async function killWhileFinishing(location: string): Promise<void> {
  const child = spawn(process.execPath, [FINISH, location], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  await once(createInterface(child.stdout), 'line')
  await delay(Math.random() * LONGEST_WAIT_MS[parseStore(location).kind])
  child.kill('SIGKILL')
  await closed
}

// In half of the rounds, the server still serves when the other process is gone.
async function killLater(child: ChildProcess): Promise<void> {
  await delay(Math.random() * 600)
  await kill(child)
}

/** An unfinished store has no entry of form 3. */
async function checkForms(location: string, form: 2 | 3): Promise<string[]> {
  if (form === 3) return []
  const newer = (await readStoredForms(location)).filter((entry) => entry.form === 3)
  return newer.map(({ service, generation }) => `entry ${generation} of ${service} is of form 3 in an unfinished store`)
}
