import type { Head } from '../head.ts'
import type { Entry, Revision, Snapshot } from '../log.ts'
import { noInfo, type RevisionInfo } from '../revision-info.ts'
import type { Before } from './compute-delta.ts'

/** The most bytes of the items of one page of a list. gRPC clients refuse an answer of more than 4 MiB by default. */
export const PAGE_BYTES = 3 * 1024 * 1024

/** The keys of a revision in JSON, its times and its etags, or all of that in protobuf, and the texts without a value. */
const REVISION_BYTES = 1_200

/** An alias in an entry, if its texts are as long as they may be. */
const ALIAS_BYTES = 600

/** Tells whether another item fits on a page. The first one always does, so that each page makes progress. */
export class PageBudget {
  #left: number
  #isEmpty = true

  /** `taken` bytes of the page are something else. */
  constructor(taken = 0) {
    this.#left = PAGE_BYTES - taken
  }

  /** Takes the bytes of the next item. Returns false if it does not fit. */
  takes(bytes: number): boolean {
    if (!this.#isEmpty && bytes > this.#left) return false
    this.#isEmpty = false
    this.#left -= bytes
    return true
  }
}

/** At least the bytes that a revision takes in an answer of any protocol, with all its fields. */
export function bytesOfRevision(revision: Revision): number {
  const { namespace, name, revisionTag, registeredBy, lifecycle, info } = revision
  const names = namespace.length + name.length + revisionTag.length
  // The Pub/Sub topic has the names again.
  return REVISION_BYTES + 2 * names + bytesOfJson(registeredBy) + bytesOfJson(lifecycle) + bytesOfInfo(info)
}

/** At least the bytes that a service with its default revision takes as JSON. */
export function bytesOfSnapshot({ revision }: Pick<Snapshot, 'revision'>): number {
  return REVISION_BYTES + (revision === null ? 0 : bytesOfRevision(revision))
}

/** About the bytes that an entry takes as JSON. */
export function bytesOfEntry({ revision, head, reason }: Entry): number {
  const aliases = ALIAS_BYTES * head.aliases.length + bytesOfRollout(head)
  if (revision === null) return REVISION_BYTES + aliases + bytesOfJson(reason)
  const { registeredInfo } = revision
  const registered = registeredInfo === null ? 0 : bytesOfInfo(registeredInfo)
  return bytesOfRevision(revision) + registered + aliases + bytesOfJson(reason)
}

/** About the bytes that an entry and the state before it take as JSON. */
export function bytesOfChange({ entry, before }: { readonly entry: Entry; readonly before: Before }): number {
  const { head, revision } = before
  const ofRevision = revision === null ? 0 : bytesOfRevision(revision)
  return bytesOfEntry(entry) + ofRevision + ALIAS_BYTES * head.aliases.length + bytesOfRollout(head)
}

function bytesOfRollout({ rollout }: Head): number {
  return rollout === null ? 0 : bytesOfJson(rollout)
}

// A store measures a revision, and then the list that has it.
const measured = new WeakMap<RevisionInfo, number>()

function bytesOfInfo(info: RevisionInfo): number {
  if (info === noInfo) return 0
  const known = measured.get(info)
  if (known !== undefined) return known
  const bytes = bytesOfJson(info)
  measured.set(info, bytes)
  return bytes
}

function bytesOfJson(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
