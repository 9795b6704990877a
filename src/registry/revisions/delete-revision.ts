import { revisionEntry } from '../../domain/entries/new-entry.ts'
import { fieldError, quote } from '../../domain/errors.ts'
import type { FullHead } from '../../domain/head.ts'
import { deleted, stateOf } from '../../domain/lifecycle.ts'
import type { Revision } from '../../domain/log.ts'
import type { Caller } from '../core/caller.ts'
import { type WithEffect, withEffect } from '../core/effects.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { changeRevision, type RevisionCommand } from './change-revision.ts'
import { requireNoReplacement } from './replacements.ts'

/**
 * Deletes a yanked revision that neither the default, nor an alias, nor the rollout points to. Throws `INVALID_ETAG` if the command has
 * no etag, `REVISION_NOT_YANKED`, `REVISION_IN_USE`, or an error of `changeRevision`.
 */
export async function deleteRevision(
  deps: RegistryDeps,
  command: RevisionCommand,
  caller: Caller,
): Promise<WithEffect> {
  if (command.etag === '')
    throw fieldError('INVALID_ETAG', 'etag', 'etag is missing; give the current etag of the revision.')
  return changeRevision<WithEffect>(deps, command, caller, {
    readsStore: true,
    decide: async ({ snapshot, revision, writer }) => {
      requireUnused(revision, snapshot.head)
      await requireNoReplacement(deps.store, revision, { generation: snapshot.generation, signal: caller.signal })
      const gone = { ...revision, lifecycle: deleted }
      const head = headWithout(snapshot.head)
      return revisionEntry(snapshot, { event: 'revision-deleted', before: revision, revision: gone, head }, writer)
    },
    toAnswer: ({ head: after }, before) => withEffect({}, { command, before, after }),
  })
}

// A service without revisions no longer exists. A later service of the same name begins without its aliases.
function headWithout(head: FullHead): FullHead {
  const revisionCount = head.revisionCount - 1
  return { ...head, revisionCount, aliases: revisionCount === 0 ? [] : head.aliases }
}

function requireUnused(revision: Revision, { defaultTag, aliases, rollout }: FullHead): void {
  const tag = quote(revision.revisionTag)
  if (revision.lifecycle.yank === null) {
    const problem = `revision_tag ${tag} is ${stateOf(revision.lifecycle)}, not yanked`
    throw fieldError('REVISION_NOT_YANKED', 'revision_tag', `${problem}; yank it before you delete it.`)
  }
  if (defaultTag === revision.revisionTag) throw inUse(`${tag} is the default; set or clear the default`)
  const alias = aliases.find((each) => each.tag === revision.revisionTag)
  if (alias !== undefined) throw inUse(`${tag} is the target of alias ${quote(alias.name)}; set or delete the alias`)
  if (rollout?.candidates.some((each) => each.tag === revision.revisionTag))
    throw inUse(`${tag} is a candidate of the rollout; end the rollout, or set it without the candidate,`)
}

function inUse(problem: string) {
  return fieldError('REVISION_IN_USE', 'revision_tag', `revision_tag ${problem} before you delete the revision.`)
}
