import type { CallerAccess } from '../../domain/access/access-control.ts'
import type { Permission, Resource } from '../../domain/access/permission.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import type { Logger } from '../../telemetry/logger.ts'

/** The time after which a refusal that repeats is logged again, in milliseconds. */
const WINDOW_MS = 60_000

/** The most refusals that are logged in this time. */
const MAX_LINES = 60

/** The most of them that are of anonymous callers. Otherwise anybody could hide the refusals of all others. */
const MAX_ANONYMOUS = 30

/** A refusal of a call. */
export interface Refusal {
  readonly access: CallerAccess
  readonly permission: Permission
  readonly resource: Resource
}

/**
 * Tells an operator which caller lacks which permission, and which grant comes closest. A client that tries again and again
 * is logged once a minute, and all clients together 60 times a minute, those without a credential 30 times.
 */
export class RefusalLog {
  readonly #log: Logger
  readonly #now: () => number
  readonly #logged = new Set<string>()
  #begin = Number.NEGATIVE_INFINITY
  #anonymous = 0
  #dropped = 0

  constructor(log: Logger, now = () => performance.now()) {
    this.#log = log
    this.#now = now
  }

  /** Logs a refusal, unless it was logged a short time ago or there were too many. */
  tell({ access, permission, resource }: Refusal): void {
    this.#renew()
    const { kind, principal } = access.identity
    const service = resource === null ? undefined : formatServiceId(resource)
    const key = JSON.stringify([principal.issuer, principal.subject, permission, service])
    if (this.#logged.has(key)) return
    const isAnonymous = kind === 'anonymous'
    if (this.#logged.size >= MAX_LINES || (isAnonymous && this.#anonymous >= MAX_ANONYMOUS)) {
      this.#dropped++
      return
    }
    this.#logged.add(key)
    if (isAnonymous) this.#anonymous++
    const closest = access.explainRefusal(permission, resource)
    // Anybody can call without a token. A known caller without a grant may be a mistake of the operator.
    const level = isAnonymous ? 'info' : 'warn'
    this.#log[level]({ principal, permission, service, closest }, 'a caller lacks a permission')
  }

  #renew(): void {
    const now = this.#now()
    if (now - this.#begin < WINDOW_MS) return
    this.#begin = now
    this.#logged.clear()
    this.#anonymous = 0
    if (this.#dropped > 0)
      this.#log.warn({ refusals: this.#dropped }, 'more callers lacked a permission than are logged')
    this.#dropped = 0
  }
}
