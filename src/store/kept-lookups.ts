import type { ServiceId } from '../domain/sruid.ts'
import { addPayloads } from './payloads.ts'
import type { LookupResult, RevisionSelector } from './store.ts'

/** The most results to keep, and the most bytes of one and of all, with the payloads that callers make of them. */
export const MOST_RESULTS = 4_096
export const MOST_BYTES = 16 * 1024 * 1024
const MOST_BYTES_OF_ONE = 64 * 1024

/** The longest time that a result is kept, in milliseconds. */
export const MAX_AGE_MS = 600_000

/** How often the values of a result are in memory, at most: in the result, and in a payload for each encoding. */
const COPIES = 4
const BYTES_OF_OBJECTS = 1_024

/** The number of bits that number the places for marks of offers: a few for each offer, so that hardly any two share one. */
const SLOT_BITS = 2 + Math.log2(MOST_RESULTS)

/** A lookup, its result, and the newest entry of the service when the result was made. */
export interface Kept {
  readonly service: ServiceId
  readonly selector: RevisionSelector
  readonly newestId: string
  readonly result: LookupResult
  /** A version of the store at which that entry was the newest one. Only stores that have versions use it. */
  seenAt: number
}

type Sized = Kept & { readonly hash: number; readonly bytes: number }

/**
 * The results of lookups that are repeated. Entries keep their content, so a result stays right as long as the newest entry of
 * the service is the one that it was made from. Before a store returns a kept result, it must make sure of that.
 *
 * A result is kept once it is offered twice. If each were kept at once, reads of many services would replace each
 * other's results for nothing. The oldest results make room for new ones.
 *
 * After at most 10 minutes, all results are dropped. Only then do those of entries that were rewritten without the name of
 * a person show the entries as they are now.
 */
export class KeptLookups {
  // By numbers, because a text for each lookup would cost more than the rest. Of two lookups with the same number, one is
  // kept.
  readonly #kept = new Map<number, Sized>()
  readonly #offered = new Int32Array(2 ** SLOT_BITS)
  #offers = 0
  #bytes = 0
  #expiry: NodeJS.Timeout | undefined

  /** The kept result of a lookup. The caller must make sure that its newest entry is still the newest one of the service. */
  get(service: ServiceId, selector: RevisionSelector): Kept | undefined {
    const kept = this.#kept.get(hashOf(service, selector))
    return kept !== undefined && isOf(kept, service, selector) ? kept : undefined
  }

  /** Offers a result that was just read. It is kept at its second offer, unless it is large. */
  offer(kept: Kept): void {
    const hash = hashOf(kept.service, kept.selector)
    if (!this.#wasOffered(hash)) return
    const bytes = bytesOf(kept.result)
    this.#delete(hash)
    if (bytes > MOST_BYTES_OF_ONE) return
    this.#kept.set(hash, { ...kept, hash, bytes })
    this.#bytes += bytes
    this.#expiry ??= setTimeout(() => this.#clear(), MAX_AGE_MS).unref()
    addPayloads(kept.result)
    for (const candidate of kept.result.candidates) addPayloads(candidate)
    this.#makeRoom()
  }

  /** Deletes a result of an older entry. */
  delete({ service, selector }: Kept): void {
    this.#delete(hashOf(service, selector))
  }

  #clear(): void {
    this.#expiry = undefined
    this.#kept.clear()
    this.#bytes = 0
  }

  // Among the last few thousand offers.
  #wasOffered(hash: number): boolean {
    if (++this.#offers % MOST_RESULTS === 0) this.#offered.fill(0)
    const mark = Math.imul(hash ^ Math.floor(this.#offers / MOST_RESULTS), 0x9e3779b1)
    const slot = mark >>> (32 - SLOT_BITS)
    if (this.#offered[slot] === mark) return true
    this.#offered[slot] = mark
    return false
  }

  // A map lists its keys in the order in which they were set.
  #makeRoom(): void {
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_RESULTS && this.#bytes <= MOST_BYTES) break
      this.#delete(oldest)
    }
  }

  #delete(hash: number): void {
    this.#bytes -= this.#kept.get(hash)?.bytes ?? 0
    this.#kept.delete(hash)
  }
}

function isOf({ service: own, selector: chosen }: Kept, service: ServiceId, selector: RevisionSelector): boolean {
  return own.name === service.name && own.namespace === service.namespace && isSame(chosen, selector)
}

function isSame(one: RevisionSelector, other: RevisionSelector): boolean {
  if (one.by === 'default') return other.by === 'default'
  return one.by === 'tag'
    ? other.by === 'tag' && one.tag === other.tag
    : other.by === 'alias' && one.alias === other.alias
}

function hashOf({ namespace, name }: ServiceId, selector: RevisionSelector): number {
  const hash = hashText(name, hashText(namespace, 7))
  if (selector.by === 'default') return hash
  return selector.by === 'tag' ? hashText(selector.tag, hash + 1) : hashText(selector.alias, hash + 2)
}

function hashText(text: string, seed: number): number {
  let hash = seed
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}

function bytesOf(result: LookupResult): number {
  return BYTES_OF_OBJECTS + COPIES * Buffer.byteLength(JSON.stringify(result))
}
