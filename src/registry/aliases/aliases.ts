import { type Alias, type AliasName, MAX_ALIASES } from '../../domain/alias.ts'
import { fieldError } from '../../domain/errors.ts'
import { findAlias, type Head, withAlias, withoutAlias } from '../../domain/head.ts'
import { entryAfter, type Revision, type Snapshot } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import { isChoosable } from '../../domain/revision-state.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import type { VersionRange } from '../../domain/version-range.ts'
import { type ChangeRequest, makeChange } from '../core/append-change.ts'
import { aliasNotFound, requireService, requireTarget } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { findHighest } from '../core/search.ts'
import { type ServiceView, viewService } from '../core/service-view.ts'

interface AliasChange extends ChangeRequest {
  readonly service: ServiceId
  readonly alias: AliasName
  /** The etag that the alias must have; empty: any. */
  readonly etag: string
}

export interface SetAliasCommand extends AliasChange {
  /** The tag that the alias is fixed to, or the range that it follows. */
  readonly target: { readonly tag: RevisionTag } | { readonly range: VersionRange }
}

/**
 * Points an alias to a revision, or has it follow a range. Throws `TARGET_NOT_FOUND`, `TARGET_YANKED`, `SERVICE_NOT_FOUND`,
 * `TOO_MANY_ALIASES`, `ETAG_MISMATCH`, or what `makeChange` throws.
 */
export function setAlias(deps: RegistryDeps, command: SetAliasCommand): Promise<Alias> {
  const { service, alias: name, target, etag } = command
  return makeChange(deps, {
    ...command,
    wanted: 'tag' in target ? target.tag : () => null,
    decide: async (newest, writer) => {
      const revision = await findTarget(deps, command, newest)
      const head = newest?.head as Head
      const current = findAlias(head, name)
      requireEtag(etag, current?.etag)
      if (current === undefined && head.aliases.length >= MAX_ALIASES) throw tooManyAliases(service)
      const follows =
        'range' in target ? { range: target.range.text, includePrerelease: target.range.includePrerelease } : null
      const alias: Alias = { name, follows, tag: revision?.revisionTag ?? null, etag: writer.id }
      return entryAfter(
        newest,
        service,
        { event: 'alias-set', revision, head: withAlias(head, alias), alias: name },
        writer,
      )
    },
    toAnswer: ({ head }) => findAlias(head, name) as Alias,
  })
}

/** Removes an alias. Throws `SERVICE_NOT_FOUND`, `ALIAS_NOT_FOUND`, `ETAG_MISMATCH`, or what `makeChange` throws. */
export function deleteAlias(deps: RegistryDeps, command: AliasChange): Promise<void> {
  const { service, alias: name, etag } = command
  return makeChange<void>(deps, {
    ...command,
    wanted: (head) => findAlias(head, name)?.tag ?? null,
    decide: (newest, writer) => {
      const { head: before, revision } = requireService(newest, service)
      const current = findAlias(before, name)
      if (current === undefined) throw aliasNotFound(service, name)
      requireEtag(etag, current.etag)
      const head = withoutAlias(before, name)
      return entryAfter(newest, service, { event: 'alias-deleted', revision, head, alias: name }, writer)
    },
    toAnswer: () => {},
  })
}

/** The aliases of a service are those of its head. Throws `SERVICE_NOT_FOUND`. */
export async function listAliases({ store }: Pick<RegistryDeps, 'store'>, service: ServiceId): Promise<ServiceView> {
  const { head } = requireService(await store.lookup(service, () => null), service)
  return viewService({ service, head })
}

async function findTarget(
  { store }: RegistryDeps,
  { service, target }: SetAliasCommand,
  newest: Snapshot | null,
): Promise<Revision | null> {
  if ('tag' in target) return requireTarget(newest, target.tag, 'revision_tag')
  const { generation } = requireService(newest, service)
  const accepts = ({ state }: Revision) => isChoosable(state)
  const found = await findHighest(store, service, { range: target.range, accepts, ofChoosable: true, generation })
  return found?.revision ?? null
}

function tooManyAliases(service: ServiceId) {
  const description = `alias is the ${MAX_ALIASES + 1}th of ${formatServiceId(service)}: a service may have at most ${MAX_ALIASES}.`
  return fieldError('TOO_MANY_ALIASES', 'alias', description)
}
