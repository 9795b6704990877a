/** Bounds how many calls each caller may make in a time. */
export interface RateLimiter {
  /**
   * Takes one call from the caller's allowance. Throws or rejects with `RATE_LIMITED` if nothing is left of it.
   *
   * @param caller The issuer and the subject of the caller, or the address of an anonymous one.
   */
  take(caller: string, kind: 'read' | 'write'): Promise<void> | void
}
