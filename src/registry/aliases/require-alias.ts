import type { Alias, AliasName } from '../../domain/alias.ts'
import { type FullHead, findAlias } from '../../domain/head.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { aliasNotFound } from '../core/not-found.ts'

/** Returns the alias of this name in a head, or throws `ALIAS_NOT_FOUND`. */
export function requireAlias(head: FullHead, service: ServiceId, name: AliasName): Alias {
  const alias = findAlias(head, name)
  if (alias === undefined) throw aliasNotFound(service, name)
  return alias
}
