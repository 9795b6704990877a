import type { Writer } from '../../domain/entries/new-entry.ts'
import type { FullHead } from '../../domain/head.ts'
import { type FullRevision, type FullSnapshot, isRevisionEntry, type RevisionEntry } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import type { Sruid } from '../../domain/sruid.ts'
import { appendChange } from '../core/append-change.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import { requireRevision } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

/** A command about one revision that exists. */
export interface RevisionCommand extends ChangeCommand {
  readonly sruid: Sruid
  /** The etag that the revision must have. Empty: any. */
  readonly etag: string
}

/** An existing revision, and the writer that is about to change it. */
export interface Changing {
  readonly snapshot: FullSnapshot
  readonly revision: FullRevision
  readonly writer: Writer
}

/** A change of an existing revision. */
export interface RevisionChange<T> {
  /** See `Change`. */
  readonly readsStore?: boolean
  /** Returns the entry to append. */
  decide(changing: Changing): Promise<RevisionEntry> | RevisionEntry
  /** See `Change`. */
  toAnswer(entry: RevisionEntry, before: FullHead): T
}

/**
 * Changes an existing revision. Throws `SERVICE_NOT_FOUND`, `REVISION_NOT_FOUND`, `ETAG_MISMATCH`, or an error of
 * `appendChange`.
 */
export function changeRevision<T>(
  deps: RegistryDeps,
  command: RevisionCommand,
  caller: Caller,
  { readsStore = false, decide, toAnswer }: RevisionChange<T>,
): Promise<T> {
  const { sruid, etag } = command
  return appendChange<RevisionEntry, T>(deps, command, caller, {
    service: sruid,
    tag: sruid.revisionTag,
    readsStore,
    isOwnEntry: isRevisionEntry,
    decide: (newest, writer) => {
      const { snapshot, revision } = requireRevision(newest, sruid, sruid.revisionTag)
      requireEtag(etag, revision.etag)
      return decide({ snapshot, revision, writer })
    },
    toAnswer,
  })
}
