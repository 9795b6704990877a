import { MAX_CLOCK_SKEW_MS } from '../domain/clock-skew.ts'
import type { AuditedEntry, AuditedStore } from '../store/store.ts'
import { type Note, type Problem, type ProblemCode, problems } from './problems.ts'
import { RevisionTable } from './revision-table.ts'
import { ServiceCheck } from './service-check.ts'

/** The numbers of services and entries that were verified, and of the problems and notes. */
export interface Verified {
  services: number
  entries: number
  problems: number
  notes: number
}

/** The events of a verification. */
export interface VerifyEvents {
  readonly onProblem: (problem: Problem) => void
  readonly onNote: (note: Note) => void
  /** The number of entries that were verified so far. */
  readonly onVerified?: (entries: number) => void
}

/** The entries to verify. */
export interface Source {
  /** The entries, in batches: service by service, in the order of their text, and each service by generation. */
  readonly entries: AsyncIterable<readonly AuditedEntry[]>
  /** Whether they contain the state after each entry. A store does, and an export does not. */
  readonly hasStates: boolean
  /** The clock of the store, in milliseconds since 1970 (UTC). */
  readonly now: () => number
}

/** Verifies everything in a store. A damaged entry is a problem, and does not end the verification. */
export async function verifyStore(store: AuditedStore, events: VerifyEvents): Promise<Verified> {
  const verification = new Verification(events, { entries: store.audit(), hasStates: true, now: () => store.now() })
  const texts = await store.checkStorage()
  for (const text of texts) verification.report(null, null, 'STORAGE_DAMAGED', `the storage is damaged: ${text}.`)
  try {
    return await verification.run()
  } catch (error) {
    if (texts.length === 0) throw error
    verification.report(null, null, 'STORAGE_DAMAGED', 'the rest of the entries cannot be read.')
    return verification.result
  }
}

/** Verifies the entries of a history. `audit` yields them, and tells about each line that cannot be read. */
export function verifyHistory(
  audit: (onUnreadable: (line: number, problem: string) => void) => Source['entries'],
  { now, ...events }: VerifyEvents & Pick<Source, 'now'>,
): Promise<Verified> {
  const entries = audit((line, problem) =>
    verification.report(null, null, 'ENTRY_DAMAGED', `line ${line} cannot be read: ${problem}`),
  )
  const verification = new Verification(events, { entries, hasStates: false, now })
  return verification.run()
}

/** Verifies entries. */
export function verifyEntries(source: Source, events: VerifyEvents): Promise<Verified> {
  return new Verification(events, source).run()
}

class Verification {
  readonly result: Verified = { services: 0, entries: 0, problems: 0, notes: 0 }
  readonly #events: VerifyEvents
  readonly #source: Source
  readonly #revisions = new RevisionTable()
  #service: string | undefined
  #check: ServiceCheck | undefined

  constructor(events: VerifyEvents, source: Source) {
    this.#events = events
    this.#source = source
  }

  async run(): Promise<Verified> {
    try {
      for await (const batch of this.#source.entries) {
        for (const audited of batch) this.#add(audited)
        this.#events.onVerified?.(this.result.entries)
      }
      this.#endService()
      return this.result
    } finally {
      this.#revisions.close()
    }
  }

  report(service: string | null, generation: number | null, code: ProblemCode, message = `${problems[code]}.`): void {
    this.result.problems++
    this.#events.onProblem({ code, service, generation, message })
  }

  #add(audited: AuditedEntry): void {
    const { service } = audited
    if (this.#check === undefined || service !== this.#service) this.#beginService(audited)
    this.result.entries++
    this.#check?.add(audited)
  }

  #beginService({ service, generation }: AuditedEntry): void {
    this.#endService()
    // Stores have an order of their own for texts that are no services.
    if (!this.#source.hasStates && this.#service !== undefined && service < this.#service) {
      this.report(service, generation, 'OUT_OF_ORDER', `the entry comes after the service ${this.#service}.`)
    }
    this.result.services++
    this.#service = service
    const report = (at: number, code: ProblemCode, message?: string) => this.report(service, at, code, message)
    this.#check = new ServiceCheck(this.#revisions, report, this.#source.hasStates)
  }

  #endService(): void {
    const { generation, time } = this.#check?.newest ?? { generation: 0, time: 0 }
    if (time <= this.#source.now() + MAX_CLOCK_SKEW_MS) return
    this.result.notes++
    const message = `the time ${new Date(time).toISOString()} is in the future; later changes get it, too, until it has come.`
    this.#events.onNote({ code: 'FUTURE_TIME', service: this.#service ?? null, generation, message })
  }
}
