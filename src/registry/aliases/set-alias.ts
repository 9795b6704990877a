import { type Alias, type AliasName, MAX_ALIASES } from '../../domain/alias.ts'
import { aliasEntry } from '../../domain/entries/new-entry.ts'
import { fieldError, quote } from '../../domain/errors.ts'
import { type FullHead, findAlias, withAlias } from '../../domain/head.ts'
import { type FullSnapshot, isAliasEntry, type Revision } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import type { VersionRange } from '../../domain/versions/version-range.ts'
import { appendChange } from '../core/append-change.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import { type WithEffect, withEffect } from '../core/effects.ts'
import { findHighestChoosable } from '../core/find-highest.ts'
import { requireService, requireTarget } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { requireAlias } from './require-alias.ts'

export interface SetAliasCommand extends ChangeCommand {
  readonly service: ServiceId
  readonly alias: AliasName
  /** The tag that the alias is fixed to, or the range that it follows. */
  readonly target: { readonly tag: RevisionTag } | { readonly range: VersionRange }
  /** The etag that the alias must have. Empty: any. */
  readonly etag: string
}

/** An alias in an answer. */
export type AliasView = Alias & WithEffect

/**
 * Creates or changes an alias. Throws `TARGET_NOT_FOUND`, `TARGET_YANKED`, `SERVICE_NOT_FOUND`, `TOO_MANY_ALIASES`,
 * `ETAG_MISMATCH`, or an error of `appendChange`.
 */
export function setAlias(deps: RegistryDeps, command: SetAliasCommand, caller: Caller): Promise<AliasView> {
  const { service, alias: name, target, etag } = command
  return appendChange(deps, command, caller, {
    service,
    tag: 'tag' in target ? target.tag : undefined,
    readsStore: 'range' in target,
    isOwnEntry: isAliasEntry,
    decide: async (newest, writer) => {
      const { snapshot, revision } = await findTarget(deps, command, newest, caller)
      const { head } = snapshot
      const current = findAlias(head, name)
      requireEtag(etag, current?.etag)
      if (current === undefined) requireRoom(head, service, name)
      const alias = {
        name,
        follows: followed(command),
        tag: revision?.revisionTag ?? null,
        etag: writer.id,
        isImported: false,
      }
      const change = { service, event: 'alias-set', head: withAlias(head, alias), alias: name } as const
      return aliasEntry(newest, change, writer)
    },
    toAnswer: ({ head: after }, before) => withEffect(requireAlias(after, service, name), { command, before, after }),
  })
}

interface Target {
  readonly snapshot: FullSnapshot
  /** Null: the range contains no revision. */
  readonly revision: Revision | null
}

async function findTarget(
  { store }: RegistryDeps,
  { service, target }: SetAliasCommand,
  newest: FullSnapshot | null,
  { signal }: Caller,
): Promise<Target> {
  if ('tag' in target) return requireTarget(newest, target.tag, 'revision_tag')
  const snapshot = requireService(newest, service)
  const search = { range: target.range, generation: snapshot.generation, signal }
  const found = await findHighestChoosable(store, service, search)
  return { snapshot, revision: found?.revision ?? null }
}

function followed({ target }: SetAliasCommand): Alias['follows'] {
  if ('tag' in target) return null
  const { text, includePrerelease } = target.range
  return { range: text, includePrerelease }
}

function requireRoom({ aliases }: FullHead, service: ServiceId, name: AliasName): void {
  if (aliases.length < MAX_ALIASES) return
  const full = `${formatServiceId(service)}, which has the maximum of ${MAX_ALIASES} aliases`
  const description = `alias ${quote(name)} cannot be added to ${full}; delete another alias first.`
  throw fieldError('TOO_MANY_ALIASES', 'alias', description)
}
