import type { AliasName } from '../../domain/alias.ts'
import { aliasEntry } from '../../domain/entries/new-entry.ts'
import { withoutAlias } from '../../domain/head.ts'
import { isAliasEntry } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { appendChange } from '../core/append-change.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import { type WithEffect, withEffect } from '../core/effects.ts'
import { requireService } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { requireAlias } from './require-alias.ts'

export interface DeleteAliasCommand extends ChangeCommand {
  readonly service: ServiceId
  readonly alias: AliasName
  /** The etag that the alias must have. Empty: any. */
  readonly etag: string
}

/** Deletes an alias. Throws `SERVICE_NOT_FOUND`, `ALIAS_NOT_FOUND`, `ETAG_MISMATCH`, or an error of `appendChange`. */
export function deleteAlias(deps: RegistryDeps, command: DeleteAliasCommand, caller: Caller): Promise<WithEffect> {
  const { service, alias: name, etag } = command
  return appendChange(deps, command, caller, {
    service,
    isOwnEntry: isAliasEntry,
    decide: (newest, writer) => {
      const { head: before } = requireService(newest, service)
      requireEtag(etag, requireAlias(before, service, name).etag)
      const head = withoutAlias(before, name)
      return aliasEntry(newest, { service, event: 'alias-deleted', head, alias: name }, writer)
    },
    toAnswer: ({ head: after }, before) => withEffect({}, { command, before, after }),
  })
}
