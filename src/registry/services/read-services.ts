import type { Scope } from '../../domain/access/access-control.ts'
import { bytesOfSnapshot, PAGE_BYTES } from '../../domain/entries/page-budget.ts'
import { formatServiceId, parseServiceReference } from '../../domain/sruid.ts'
import { type ServiceSnapshot, type Store, theDefault } from '../../store/store.ts'
import type { Chunk } from '../core/paging.ts'
import { endOf, type ServiceRange, toRanges } from './service-ranges.ts'

/** The most reads for one chunk. Ranges may have no service, and a caller may have thousands of them. */
export const READS_AT_ONCE = 64

/** Single services that are looked up together. Each may have some hundred KiB. */
const SINGLE_AT_ONCE = 16

/** Services of a caller, read in chunks, each after a text. */
export type ReadServices = (after: string | null, limit: number) => Promise<Chunk<ServiceSnapshot, string>>

/**
 * Reads the services with a prefix that are in a scope, in the order of their text. Nothing outside the scope is read, so
 * the number of services that a caller may not read costs nothing. The position is the text of the last service, or a text
 * between two services. So it is right in every scope.
 */
export function readServicesIn(store: Store, readable: Scope, prefix: string): ReadServices {
  if (readable === 'all') return (after, limit) => readFrom(store, { prefix, after, limit })
  const ranges = toRanges(readable, prefix)
  return async (after, limit) => {
    const chunk = new ScopedChunk(store, limit)
    const ahead = ranges.filter((range) => endOf(range) > (after ?? ''))
    for (const group of inGroups(ahead).slice(0, READS_AT_ONCE)) {
      await chunk.add(group, after)
      if (chunk.isFull) break
    }
    return chunk.end(ahead)
  }
}

async function readFrom(
  store: Store,
  { prefix, after, limit }: { readonly prefix: string; readonly after: string | null; readonly limit: number },
): Promise<Chunk<ServiceSnapshot, string>> {
  const { services, hasMore } = await store.readServices({ prefix, after: after ?? undefined, limit })
  const last = hasMore ? services.at(-1) : undefined
  const isCut = hasMore && services.length < limit
  return { items: services, next: last ? formatServiceId(last.service) : null, isCut }
}

/** The services of a few ranges. */
class ScopedChunk {
  readonly #store: Store
  readonly #limit: number
  readonly #items: ServiceSnapshot[] = []
  #bytes = 0
  #next: string | null = null

  constructor(store: Store, limit: number) {
    this.#store = store
    this.#limit = limit
  }

  get isFull(): boolean {
    return this.#items.length >= this.#limit || this.#bytes >= PAGE_BYTES
  }

  /** Adds the services of ranges that can be read together. */
  async add(ranges: readonly ServiceRange[], after: string | null): Promise<void> {
    const [first] = ranges
    if (first?.isOne) return this.#addSingle(ranges)
    if (first !== undefined) await this.#addAll(first, after)
  }

  /** The chunk, if the scan of these ranges ends here. */
  end(ranges: readonly ServiceRange[]): Chunk<ServiceSnapshot, string> {
    const [last] = ranges.slice(-1)
    const isLast = last === undefined || this.#next === endOf(last)
    return {
      items: this.#items,
      next: isLast ? null : this.#next,
      isCut: this.#items.length < this.#limit && this.isFull,
    }
  }

  async #addAll(range: ServiceRange, after: string | null): Promise<void> {
    const limit = this.#limit - this.#items.length
    const { items, next } = await readFrom(this.#store, { prefix: range.text, after, limit })
    this.#push(items)
    this.#next = next ?? endOf(range)
    // The store ends a page that is too large.
    if (next !== null && items.length < limit) this.#bytes = PAGE_BYTES
  }

  // The store answers the lookups of one turn together.
  async #addSingle(ranges: readonly ServiceRange[]): Promise<void> {
    const found = await Promise.all(ranges.map(({ text }) => this.#readOne(text)))
    const services = found.filter((service) => service !== null)
    const fitting = services.slice(0, this.#limit - this.#items.length)
    this.#push(fitting)
    const last = fitting.at(-1)
    const isWhole = last === undefined || fitting.length === services.length
    this.#next = (isWhole ? ranges.at(-1)?.text : formatServiceId(last.service)) ?? null
  }

  async #readOne(text: string): Promise<ServiceSnapshot | null> {
    const { service } = parseServiceReference(text)
    const found = await this.#store.lookup(service, theDefault)
    if (found === null) return null
    const { alias: _, ...snapshot } = found
    return { service, ...snapshot }
  }

  #push(services: readonly ServiceSnapshot[]): void {
    for (const service of services) this.#bytes += bytesOfSnapshot(service)
    this.#items.push(...services)
  }
}

// Single services that follow each other are a group, and each other range is one.
function inGroups(ranges: readonly ServiceRange[]): readonly (readonly ServiceRange[])[] {
  const groups: ServiceRange[][] = []
  for (const range of ranges) {
    const last = groups.at(-1)
    if (range.isOne && last?.[0]?.isOne && last.length < SINGLE_AT_ONCE) last.push(range)
    else groups.push([range])
  }
  return groups
}
