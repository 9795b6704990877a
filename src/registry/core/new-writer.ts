import { isAnonymous } from '../../domain/access/principal.ts'
import { requireTrustedTime } from '../../domain/clock-skew.ts'
import type { Writer } from '../../domain/entries/new-entry.ts'
import type { RegistryDeps } from './registry-deps.ts'

/**
 * Makes the writer of an entry, with the time of the server's clock. Nothing else reads that clock, so no entry gets a
 * time that was not checked. Throws `CLOCK_SKEW` if the clock cannot be trusted.
 */
export function newWriter(
  { store, newId, newSalt, now }: Pick<RegistryDeps, 'store' | 'newId' | 'newSalt' | 'now'>,
  by: Pick<Writer, 'principal' | 'kind' | 'request'>,
): Writer {
  const time = now()
  requireTrustedTime(time, store.now())
  return { id: newId(), salt: isAnonymous(by.principal) ? '' : newSalt(), now: time, ...by }
}
