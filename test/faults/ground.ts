import { setTimeout as delay } from 'node:timers/promises'
import type { Acknowledgements, Registration } from '../durability/acknowledgements.ts'
import type { FaultySet } from './faulty-set.ts'
import { Ladder } from './ladder.ts'
import { Load, type LoadCounts } from './load.ts'
import type { Member } from './member.ts'

// The promise of docs/stores.md.
const LONGEST_RECOVERY_MS = 3_000
const PROBE_PAUSE_MS = 20
const ENOUGH_MS = 30_000

export interface GroundParts {
  readonly set: FaultySet
  /** The URLs of the servers over the replica set. */
  readonly urls: readonly string[]
  readonly acknowledgements: Acknowledgements
  readonly violations: string[]
}

/** The replica set, its servers and their clients, for the scenarios. */
export class Ground {
  readonly set: FaultySet
  readonly ladder = new Ladder('ladder')
  readonly loads: LoadCounts[] = []
  slowestRecoveryMs = 0
  readonly #parts: GroundParts
  readonly #unanswered: Registration[] = []
  #probes = 0

  constructor(parts: GroundParts) {
    this.set = parts.set
    this.#parts = parts
  }

  /** Starts clients of these servers. Only one load may climb the ladder, so others have their own. */
  readonly load = (urls: readonly string[]): Load => {
    const { acknowledgements, violations } = this.#parts
    const ladder = urls === this.#parts.urls ? this.ladder : new Ladder(`cut-${this.loads.length}`)
    const complain = (violation: string) => violations.push(violation)
    const unanswered = urls === this.#parts.urls ? this.#unanswered : []
    const load = new Load({ urls, ladder, acknowledgements, unanswered, complain, round: this.loads.length })
    this.loads.push(load.counts)
    return load
  }

  /** Resolves when all servers answer lookups and changes. It is a violation if that takes too long from now on. */
  readonly recovered = async (primary: Member, urls: readonly string[] = this.#parts.urls): Promise<void> => {
    await this.set.confirms(primary)
    const start = performance.now()
    await Promise.all(urls.map((url) => this.#untilServing(url, start)))
    const took = performance.now() - start
    this.slowestRecoveryMs = Math.max(this.slowestRecoveryMs, took)
    if (took <= LONGEST_RECOVERY_MS) return
    this.#parts.violations.push(
      `the servers recovered ${Math.round(took)} ms after ${primary.address} could confirm a write`,
    )
  }

  async #untilServing(url: string, start: number): Promise<void> {
    const service = `${url}/services/faults/probe`
    const body = JSON.stringify({ revision_tag: `probe-${this.#probes++}` })
    const headers = { 'content-type': 'application/json' }
    while (performance.now() - start < ENOUGH_MS) {
      const statuses = await Promise.all([
        fetch(service, { method: 'POST', headers, body }).then(statusOf),
        fetch(`${service}?revision_tag=unknown`).then(statusOf),
      ])
      if (statuses.every((status) => status < 500)) return
      await delay(PROBE_PAUSE_MS)
    }
  }
}

async function statusOf(answer: Response): Promise<number> {
  await answer.text()
  return answer.status
}
