import type { Alias, AliasName } from '../../domain/alias.ts'
import type { At } from '../../domain/history/at.ts'
import type { FullHeadSnapshot } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { requireService } from '../core/not-found.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { resolveAt } from '../history/at.ts'
import { requireAlias } from './require-alias.ts'

/** The service whose aliases are read. */
export interface AliasesQuery {
  readonly service: ServiceId
  /** The state to read. Null: the newest. */
  readonly at: At | null
}

/** An alias to read. */
export interface AliasQuery extends AliasesQuery {
  readonly alias: AliasName
}

/** An alias of a service at one generation. */
export interface AliasFound {
  readonly alias: Alias
  readonly generation: number
}

/** The aliases of a service at one generation, in the order of their names. */
export interface AliasList {
  readonly aliases: readonly Alias[]
  readonly serviceEtag: string
  readonly generation: number
}

/** Reads one alias of a service. Throws `SERVICE_NOT_FOUND`, `ALIAS_NOT_FOUND`, or an error of `resolveAt`. */
export async function getAlias(deps: ReadDeps, query: AliasQuery): Promise<AliasFound> {
  const { head, generation } = await readService(deps, query)
  return { alias: requireAlias(head, query.service, query.alias), generation }
}

/** Reads all aliases of a service. Throws `SERVICE_NOT_FOUND`, or an error of `resolveAt`. */
export async function listAliases(deps: ReadDeps, query: AliasesQuery): Promise<AliasList> {
  const { head, generation } = await readService(deps, query)
  return { aliases: head.aliases, serviceEtag: head.etag, generation }
}

async function readService(deps: ReadDeps, { service, at }: AliasesQuery): Promise<FullHeadSnapshot> {
  const generation = await resolveAt(deps, service, at)
  return requireService(await deps.store.readHead(service, generation), service)
}
