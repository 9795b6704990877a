import { openCallerAccess } from '../../src/domain/access/access-control.ts'
import { anonymous } from '../../src/domain/access/principal.ts'
import type { Caller } from '../../src/registry/core/caller.ts'

/** A caller that waits for its answer, however long that takes. */
export const caller: Caller = {
  principal: anonymous,
  access: openCallerAccess,
  signal: new AbortController().signal,
}
