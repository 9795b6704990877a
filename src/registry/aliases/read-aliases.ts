import type { Alias, AliasName } from '../../domain/alias.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { requireService } from '../core/not-found.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { requireAlias } from './require-alias.ts'

/** The aliases of a service, in the order of their names. */
export interface AliasList {
  readonly aliases: readonly Alias[]
  readonly serviceEtag: string
}

/** Reads one alias of a service. Throws `SERVICE_NOT_FOUND` or `ALIAS_NOT_FOUND`. */
export async function getAlias({ store }: ReadDeps, service: ServiceId, name: AliasName): Promise<Alias> {
  const { head } = requireService(await store.readHead(service), service)
  return requireAlias(head, service, name)
}

/** Reads all aliases of a service. Throws `SERVICE_NOT_FOUND`. */
export async function listAliases({ store }: ReadDeps, service: ServiceId): Promise<AliasList> {
  const { head } = requireService(await store.readHead(service), service)
  return { aliases: head.aliases, serviceEtag: head.etag }
}
