import { hash as hashAtOnce } from 'node:crypto'
import type { Identity } from '../../domain/access/identity.ts'

/** The most tokens that are kept. Each one takes a few KiB. */
const MAX_TOKENS = 4_096
/** The longest time that a token is kept, in milliseconds. A key that its issuer has withdrawn ends by then, too. */
const KEPT_MS = 5 * 60_000

interface Kept {
  readonly identity: Identity
  readonly until: number
}

/**
 * The tokens that were verified a short time ago, by their hashes, so that the memory of the process has no list of valid
 * tokens. The least recently used ones make room.
 */
export class VerifiedTokens {
  readonly #kept = new Map<string, Kept>()

  /** The identity of a token that was verified before, if it has not expired since. */
  get(hash: string, now: number): Identity | undefined {
    const kept = this.#kept.get(hash)
    if (kept === undefined) return undefined
    this.#kept.delete(hash)
    if (kept.until <= now || kept.until > now + KEPT_MS) return undefined
    // A map lists its keys in the order in which they were set.
    this.#kept.set(hash, kept)
    return kept.identity
  }

  /** Keeps a token until it expires, and 5 minutes at most. */
  set(hash: string, identity: Identity, { now, expiresAtMs }: { readonly now: number; readonly expiresAtMs: number }) {
    if (this.#kept.size >= MAX_TOKENS) this.#kept.delete(this.#kept.keys().next().value as string)
    this.#kept.set(hash, { identity, until: Math.min(expiresAtMs, now + KEPT_MS) })
  }
}

/** The hash by which a token is kept. */
export function hashOf(token: string): string {
  return hashAtOnce('sha256', token, 'base64')
}
