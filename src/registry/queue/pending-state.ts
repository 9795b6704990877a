import { emptyHead } from '../../domain/head.ts'
import { type Entry, type FullSnapshot, snapshotAfter } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { Earlier } from './queued-change.ts'

// The largest entry is much smaller.
const MAX_BYTES = 2 * 1024 ** 2

/** The entries that are to be appended together, and the state of the service after them. */
export class PendingState {
  readonly #entries: Entry[] = []
  #bytes = 0

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** The state after the entries. `stored` is the state before them, with the revision of the tag. */
  after(stored: FullSnapshot | null, tag: RevisionTag | null): FullSnapshot | null {
    const last = this.#entries.at(-1)
    if (last === undefined) return stored
    const changed = this.#entries.findLast(({ revision }) => revision !== null && revision.revisionTag === tag)
    const revision = changed?.revision ?? stored?.revision ?? null
    return { ...snapshotAfter(last), revision }
  }

  /** The first of the entries whose request has this id. `stored` is the state before the entries. */
  ofRequest(id: string, stored: FullSnapshot | null): Earlier | null {
    const index = this.#entries.findIndex(({ request }) => request?.id === id)
    const entry = this.#entries[index]
    if (entry === undefined) return null
    return { entry, before: (this.#entries[index - 1] ?? stored)?.head ?? emptyHead }
  }

  /** Adds an entry. Returns false if the entries would have more than 2 MiB with it. */
  add(entry: Entry): boolean {
    if (!this.#hasRoomFor(entry)) return false
    this.#entries.push(entry)
    return true
  }

  // Most batches have one entry, which is not measured.
  #hasRoomFor(entry: Entry): boolean {
    const [first] = this.#entries
    if (first === undefined) return true
    if (this.#bytes === 0) this.#bytes = sizeOf(first)
    this.#bytes += sizeOf(entry)
    return this.#bytes <= MAX_BYTES
  }
}

// At least the size in the store, which leaves out the large parts of earlier entries.
function sizeOf(entry: Entry): number {
  return Buffer.byteLength(JSON.stringify(entry))
}
