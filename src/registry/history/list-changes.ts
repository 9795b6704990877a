import type { AliasName } from '../../domain/alias.ts'
import type { LogEvent } from '../../domain/entries/events.ts'
import type { Change } from '../../domain/history/change.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Caller } from '../core/caller.ts'
import type { Page, PageRequest } from '../core/paging.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

export interface ListChangesQuery extends PageRequest {
  readonly service: ServiceId
  /** Null: changes of all revisions, and of the service as a whole. */
  readonly tag: RevisionTag | null
  readonly alias: AliasName | null
  readonly event: LogEvent | null
  /** Null: changes by everybody. */
  readonly actor: string | null
  /** In milliseconds since 1970 (UTC). Null: no bound. */
  readonly afterTime: number | null
  readonly beforeTime: number | null
}

export function listChanges(
  _deps: Pick<RegistryDeps, 'store'>,
  _query: ListChangesQuery,
  _caller: Caller,
): Promise<Page<Change>> {
  throw new Error('not built yet')
}
