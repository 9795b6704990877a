import { isDeepStrictEqual } from 'node:util'
import { LAST_TIME } from '../domain/clock-skew.ts'
import { hashOf } from '../domain/entries/chain.ts'
import { replay, type Statement } from '../domain/entries/replay.ts'
import type { FullHead } from '../domain/head.ts'
import type { Entry, FullHeadSnapshot, FullRevision } from '../domain/log.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import type { AuditedEntry } from '../store/store.ts'
import { headProblems } from './head-problems.ts'
import { codeOfDamage, type ProblemCode } from './problems.ts'
import type { KnownRevision, RevisionTable } from './revision-table.ts'

/** Reports a problem with the entry of a generation. The message of the code is the default. */
export type Report = (generation: number, code: ProblemCode, message?: string) => void

/** Checks the entries of one service, one after the other. */
export class ServiceCheck {
  readonly #revisions: RevisionTable
  readonly #report: Report
  readonly #hasStates: boolean
  #generation = 0
  #time = 0
  /** The hash of the entry before; empty: it has none. Undefined: the entry before is damaged or missing. */
  #hash: string | undefined = ''
  #hasChain = false
  /** The state before the next entry. Null: the next entry is the first one. Undefined: damage hides the state. */
  #state: FullHeadSnapshot | null | undefined = null
  /** Changes up to this generation may be unknown, because of damage. */
  #doubtedTo = 0

  /** @param hasStates Whether the source contains the state after each entry, as stores do. */
  constructor(revisions: RevisionTable, report: Report, hasStates: boolean) {
    this.#revisions = revisions
    this.#report = report
    this.#hasStates = hasStates
    revisions.clear()
  }

  /** The newest entry so far. */
  get newest(): { readonly generation: number; readonly time: number } {
    return { generation: this.#generation, time: this.#time }
  }

  add({ generation, entry, said, damage }: AuditedEntry): void {
    this.#checkPlace(generation)
    this.#generation = generation
    if (damage !== null) this.#say(codeOfDamage[damage])
    const read = entry ?? said
    if (read === null) this.#lose(generation)
    else this.#orLose(() => this.#addReadable(read, said, entry))
  }

  // The content of a history may have any shape, even if its hash is right.
  #orLose(check: () => void): void {
    try {
      check()
    } catch {
      this.#say('WRONG_CHANGE')
      this.#lose(this.#generation)
    }
  }

  #addReadable(read: Entry | Statement, said: Statement | null, entry: Entry | null): void {
    this.#checkTime(read.time)
    if (said === null && this.#hasChain) this.#say('OLD_FORM')
    this.#remember(read, said, said === null ? entry : this.#follow(said, entry))
  }

  #checkPlace(generation: number): void {
    const expected = this.#generation + 1
    if (generation === expected) return
    if (generation < expected)
      this.#report(generation, 'OUT_OF_ORDER', `the entry comes after generation ${this.#generation}.`)
    else if (generation === expected + 1) this.#report(expected, 'ENTRY_MISSING')
    else this.#report(expected, 'ENTRY_MISSING', `the entries up to generation ${generation - 1} are missing.`)
    this.#lose(generation - 1)
  }

  #checkTime(time: number): void {
    const isPossible = time <= LAST_TIME
    if (!isPossible || time < this.#time) this.#say('WRONG_TIME')
    if (isPossible) this.#time = time
  }

  // Makes the entry anew from the state before it, and compares. Returns it as it is best known; null: its state is
  // unknown.
  #follow(said: Statement, entry: Entry | null): Entry | null {
    const state = this.#state
    const { revision, isInDoubt } = this.#before(said)
    const made = state === undefined ? null : tryReplay(state, revision, said)
    const hasOwnHash = this.#checkChain(said, made)
    if (state === undefined || (entry === null && !hasOwnHash)) return entry
    // Without damage, nothing hides the state that a store has.
    const isHidden = entry === null && this.#hasStates && this.#doubtedTo === 0
    const problem = problemOf(made, said, entry) ?? (isHidden ? 'WRONG_STATE' : undefined)
    if (problem === undefined) return made
    if (!isInDoubt) this.#say(problem)
    return entry ?? (problem === 'WRONG_CHANGE' ? null : made)
  }

  #before({ tag, link }: Statement): { readonly revision: FullRevision | null; readonly isInDoubt: boolean } {
    if (tag === '' || link.delta.event === 'revision-registered') return { revision: null, isInDoubt: false }
    const known = this.#revisions.get(tag)
    return { revision: known?.revision ?? null, isInDoubt: this.#isInDoubt(known) }
  }

  #isInDoubt(known: KnownRevision | undefined): boolean {
    return this.#doubtedTo > 0 && (known?.generation ?? 0) <= this.#doubtedTo
  }

  // Returns whether the hash is that of the entry.
  #checkChain(said: Statement, made: Entry | null): boolean {
    const { prev, hash } = said.link
    const hasOwnHash = made?.link?.hash === hash || ownHash(said) === hash
    if (!hasOwnHash) this.#say('WRONG_HASH')
    const isRight = this.#hash === undefined ? prev !== '' || !this.#hasChain : prev === this.#hash
    if (!isRight) this.#say('WRONG_CHAIN')
    return hasOwnHash
  }

  #remember({ generation, time }: Entry | Statement, said: Statement | null, after: Entry | null): void {
    const before = this.#state ?? null
    this.#hasChain ||= said !== null
    this.#hash = said?.link.hash ?? ''
    if (after === null) {
      this.#state = undefined
      this.#doubtedTo = generation
      return
    }
    const { head, revision } = after
    this.#state = { generation, time, head, hash: said?.link.hash ?? null }
    if (revision !== null) this.#revisions.set(generation, revision)
    this.#checkHead(before?.head ?? null, after)
  }

  #checkHead(before: FullHead | null, { head, generation, revision, link }: Entry): void {
    const checked = { before, head, generation, tag: revision?.revisionTag ?? '', mayBeYanked: link === null }
    const find = (tag: string) => {
      if (tag === revision?.revisionTag) return revision.lifecycle
      const known = this.#revisions.get(tag)
      return this.#isInDoubt(known) ? undefined : (known?.revision.lifecycle ?? null)
    }
    for (const [code, message] of headProblems(checked, find)) this.#say(code, message)
  }

  #lose(generation: number): void {
    this.#hash = undefined
    this.#state = undefined
    this.#doubtedTo = generation
  }

  #say(code: ProblemCode, message?: string): void {
    this.#report(this.#generation, code, message)
  }
}

function tryReplay(newest: FullHeadSnapshot | null, revision: FullRevision | null, said: Statement): Entry | null {
  try {
    return replay({ newest, revision }, said)
  } catch {
    return null
  }
}

function ownHash(said: Statement): string {
  return hashOf({ ...said, revision: said.tag === '' ? null : { revisionTag: said.tag as RevisionTag } }, said.link)
}

function problemOf(made: Entry | null, said: Statement, entry: Entry | null): ProblemCode | undefined {
  if (!isDeepStrictEqual(made?.link?.delta, said.link.delta)) return 'WRONG_CHANGE'
  const isSame =
    entry === null || (isDeepStrictEqual(made?.head, entry.head) && isDeepStrictEqual(made?.revision, entry.revision))
  return isSame ? undefined : 'WRONG_STATE'
}
