import type { Entry } from '../../src/domain/log.ts'
import { formatServiceId } from '../../src/domain/sruid.ts'
import type { AuditedEntry, Damage } from '../../src/store/store.ts'
import type { Note, Problem } from '../../src/verify/problems.ts'
import { type Source, type Verified, verifyEntries } from '../../src/verify/verify.ts'

/** A sound entry as an audit yields it. */
export function audited(entry: Entry): AuditedEntry {
  const { id, service, generation, time, principal, writer, request, link, revision } = entry
  const tag = revision?.revisionTag ?? ''
  const said = link && { id, service, generation, time, tag, principal, writer, request, link }
  return { service: formatServiceId(service), generation, entry, said, damage: null }
}

/** An entry that cannot be read. */
export function unreadable(entry: Entry, damage: Damage = 'damaged'): AuditedEntry {
  return { ...audited(entry), entry: null, said: null, damage }
}

/** An entry whose large parts cannot be read, or an entry of an export. */
export function withoutState(entry: Entry): AuditedEntry {
  return { ...audited(entry), entry: null }
}

/** The result of a verification. */
export interface Findings extends Verified {
  readonly found: readonly Problem[]
  readonly noted: readonly Note[]
}

/** Verifies entries. The clock of the store is at the time of the entries of the contract. */
export async function verify(entries: readonly AuditedEntry[], source: Partial<Source> = {}): Promise<Findings> {
  const found: Problem[] = []
  const noted: Note[] = []
  const verified = await verifyEntries(
    { entries: inBatches(entries), hasStates: true, now: () => 1_700_000_000_000, ...source },
    { onProblem: (problem) => found.push(problem), onNote: (note) => noted.push(note) },
  )
  return { ...verified, found, noted }
}

/** The codes of the problems, each with its generation. */
export async function problemsOf(
  entries: readonly AuditedEntry[],
  source: Partial<Source> = {},
): Promise<(readonly [number | null, string])[]> {
  return (await verify(entries, source)).found.map(({ generation, code }) => [generation, code])
}

async function* inBatches(entries: readonly AuditedEntry[]): AsyncGenerator<readonly AuditedEntry[]> {
  for (let at = 0; at < entries.length; at += 3) yield entries.slice(at, at + 3)
}
