import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { spawnServe } from '../support/serve.ts'
import { Acknowledgements, type Registration } from './acknowledgements.ts'
import { startClients } from './clients.ts'
import { kill, killWhileStarting } from './kill.ts'
import { type Check, checkEverything } from './verify-everything.ts'
import { checkAcknowledgedOverHttp } from './verify-over-http.ts'

export interface RoundsOptions {
  /** The value of `--store`. The store is empty at first, and every round uses the same store. */
  readonly location: string
  readonly rounds: number
  /** The number of workers of each server. Default: 1. */
  readonly workers?: number
  readonly report?: (line: string) => void
}

export interface Outcome {
  readonly rounds: number
  readonly acknowledged: number
  /** The number of stored revisions at the end. A kill may have come before some of their acknowledgements. */
  readonly stored: number
  /** The number of registrations that a kill left without an answer. Each was sent again after the restart. */
  readonly unanswered: number
  /** The violations of two promises: every acknowledged registration is stored, and the rules hold. */
  readonly violations: readonly string[]
}

const LONGEST_WAIT_MS = 150
const KILL_WHILE_STARTING_EVERY = 10
const CHECK_EVERYTHING_EVERY = 50
const ENOUGH_VIOLATIONS = 20

/**
 * Kills a server with SIGKILL, round after round, while clients register with it, and checks after each restart that
 * every acknowledged registration is stored. Rejects if the server does not start again or ends by itself.
 */
export async function runRounds({ location, rounds, workers = 1, report = () => {} }: RoundsOptions): Promise<Outcome> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'waypost-kill-9-'))
  const args = ['--store', location, '--workers', `${workers}`, '--log-level', 'warn']
  const check: Check = { location, acknowledgements: new Acknowledgements(join(folder.path, 'log')), violations: [] }
  let unanswered: Registration[] = []
  let unansweredCount = 0
  let round = 0
  while (round < rounds && check.violations.length < ENOUGH_VIOLATIONS) {
    round++
    unanswered = await runRound(check, { args, round, unanswered })
    unansweredCount += unanswered.length
    if (round % CHECK_EVERYTHING_EVERY > 0 || round === rounds) continue
    report(`round ${round}: ${await checkEverything(check)} revisions are stored, all checked`)
  }
  const stored = await checkEverything(check)
  const acknowledged = check.acknowledgements.readAll().length
  return { rounds: round, acknowledged, stored, unanswered: unansweredCount, violations: check.violations }
}

interface Round {
  /** The arguments of the server. */
  readonly args: readonly string[]
  readonly round: number
  /** The registrations that got no answer before. */
  readonly unanswered: readonly Registration[]
}

/** Resolves with the registrations that got no answer. */
async function runRound(check: Check, { args, round, unanswered }: Round): Promise<Registration[]> {
  const { location, acknowledgements, violations } = check
  if (round % KILL_WHILE_STARTING_EVERY === 1) await killWhileStarting(location)
  const { url, child } = await spawnServe(args)
  try {
    violations.push(...(await checkAcknowledgedOverHttp(url, acknowledgements.take())))
    const complain = (violation: string) => violations.push(violation)
    const clients = startClients({ url, round, acknowledgements, unanswered, complain })
    if (Math.random() < 0.75) await clients.firstAcknowledgement
    await delay(Math.random() * LONGEST_WAIT_MS)
    await kill(child)
    return await clients.finished
  } finally {
    // No server may be left running after an error.
    child.kill('SIGKILL')
  }
}
