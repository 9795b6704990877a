import { canonicalJson } from '../../domain/canonical-json.ts'
import { replay, type Statement } from '../../domain/entries/replay.ts'
import { quote } from '../../domain/errors.ts'
import { type Entry, type FullHeadSnapshot, type Link, snapshotAfter } from '../../domain/log.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import { Entry2 } from '../../store/forms/entry-2.ts'
import { toBody2 } from '../../store/forms/write-body-2.ts'
import { headProblems } from '../../verify/head-problems.ts'
import type { EntryLine } from './entry-line.ts'
import type { HistorySpool } from './history-spool.ts'

/** Makes the entries of a history anew, each after those before it. */
export class HistoryReplay {
  readonly #spool: HistorySpool
  /** The service whose newest entry is kept, because its next entry is likely to be the next line. */
  #current: { readonly service: string; newest: FullHeadSnapshot | null } | undefined

  /** Begins before the first line. `spool` keeps the states of services and revisions, and must have none yet. */
  constructor(spool: HistorySpool) {
    this.#spool = spool
  }

  /** Makes the entry of the next line. Throws if it is not the entry that the line says, or cannot follow here. */
  next(line: EntryLine): Entry {
    const service = formatServiceId(line.said.service)
    const current = this.#select(service)
    requirePlace(line, current.newest)
    const entry = this.#make(line, service, current.newest)
    this.#requireTargets(line, entry, current.newest)
    const { revision } = entry
    current.newest = snapshotAfter(entry)
    if (revision !== null) this.#spool.setRevision(service, revision)
    return entry
  }

  // As a verification does. The hash of an entry says nothing of the revisions that its head names.
  #requireTargets({ said }: EntryLine, { head, revision, link }: Entry, newest: FullHeadSnapshot | null): void {
    const service = formatServiceId(said.service)
    const { generation, tag } = said
    const checked = { before: newest?.head ?? null, head, generation, tag, mayBeYanked: link === null }
    const find = (tag: string) =>
      tag === revision?.revisionTag ? revision.lifecycle : (this.#spool.revision(service, tag)?.lifecycle ?? null)
    for (const [, problem] of headProblems(checked, find))
      throw misplaced(said, `is wrong: ${problem.replace(/\.$/, '')}`)
  }

  #select(service: string) {
    if (this.#current?.service === service) return this.#current
    if (this.#current?.newest) this.#spool.setNewest(this.#current.service, this.#current.newest)
    this.#current = { service, newest: this.#spool.newest(service) }
    return this.#current
  }

  #make(line: EntryLine, service: string, newest: FullHeadSnapshot | null): Entry {
    if (line.form === 2) return makeForm2(line)
    const revision = line.said.tag === '' ? null : this.#spool.revision(service, line.said.tag)
    const entry = orMisplaced(line, 'cannot follow the entries before it', () =>
      replay({ newest, revision }, line.said),
    )
    requireSame(line.said, entry)
    return entry
  }
}

function makeForm2(line: EntryLine & { readonly form: 2 }): Entry {
  const problem = 'has a body that is not as it was written'
  const entry = orMisplaced(line, problem, () => new Entry2(line.said, line.body).entry())
  if (isSameJson(toBody2(entry), line.body)) return entry
  throw misplaced(line.said, problem)
}

function orMisplaced(line: EntryLine, problem: string, make: () => Entry): Entry {
  try {
    return make()
  } catch (cause) {
    throw misplaced(line.said, problem, cause)
  }
}

function requirePlace({ form, said }: EntryLine, newest: FullHeadSnapshot | null): void {
  const due = (newest?.generation ?? 0) + 1
  if (said.generation !== due) throw misplaced(said, `comes in the place of entry ${due}`)
  if (newest === null) return
  if (said.time < newest.time) throw misplaced(said, `has time ${said.time}, and the entry before it ${newest.time}`)
  if (form === 2 && newest.hash !== null) throw misplaced(said, 'has form 2, and the entry before it form 3')
}

// Any difference in the delta is a difference in the hash, too. This message says where to look.
function requireSame(said: Statement, { link, revision }: Entry): void {
  const made = link as Link
  if (said.tag !== '' && revision === null) throw misplaced(said, `has tag ${quote(said.tag)}, and changes no revision`)
  const { delta, prev, hash } = said.link
  if (!isSameJson(made.delta, delta))
    throw misplaced(said, 'has a delta that does not follow from the entries before it')
  if (made.prev !== prev) throw misplaced(said, `has prev ${quote(prev)}, which is not the hash of the entry before it`)
  if (made.hash !== hash) throw misplaced(said, `has hash ${quote(hash)}, which is not the hash of its content`)
}

function isSameJson(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

function misplaced(
  { service, generation }: Pick<Statement, 'service' | 'generation'>,
  problem: string,
  cause?: unknown,
) {
  const message = `entry ${generation} of ${formatServiceId(service)} ${problem}; export the history again.`
  return new Error(message, cause === undefined ? undefined : { cause })
}
