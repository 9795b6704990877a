import { RegistryError } from '../../domain/errors.ts'

/** The kinds of calls that are counted apart. */
export type CallKind = 'read' | 'write'

/** The calls that each caller may send per second, of each kind. Absent: as many as it likes. */
export type Rates = { readonly [Kind in CallKind]?: number | undefined }

/** Bounds the calls of each caller. */
export interface RateLimiter {
  /**
   * Counts a call. Throws or rejects with `RATE_LIMITED` if its caller has sent too many. The pipeline calls it before it
   * reads the body. `caller` is `address` and the address of an anonymous caller with a space between them, or a text that
   * begins in another way and names a principal.
   */
  take(caller: string, kind: CallKind): void | Promise<void>
}

/** The error for a call above the rate. `waitMs` is the time until the next call may succeed, in milliseconds. */
export function rateLimited(kind: CallKind, perSecond: number, waitMs: number): RegistryError {
  const calls = `${perSecond} ${kind}${perSecond === 1 ? '' : 's'}`
  const seconds = Math.max(0.1, Math.ceil(waitMs / 100) / 10)
  return new RegistryError({
    reason: 'RATE_LIMITED',
    message: `the caller has sent more than the ${calls} per second that it may send; try again in ${seconds} seconds.`,
    retryAfterMs: Math.max(1, Math.ceil(waitMs)),
  })
}
