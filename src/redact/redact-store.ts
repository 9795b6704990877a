import type { Entry } from '../domain/log.ts'
import type { AuditedEntry, RewritableStore } from '../store/store.ts'
import { type Person, requirePerson } from './person.ts'
import { ServiceRedaction } from './service-redaction.ts'

/** The outcome of a redaction. */
export interface Redacted {
  /** The entries that named the person, and their services. */
  entries: number
  services: number
  /** The entries whose content has the name: a reason, a description or the author that an import gave. It stays. */
  mentions: number
  /** The services with a damaged entry. From that entry on, their entries were not changed. */
  damaged: number
  /** The places of the storage that may still have the name, as texts. */
  readonly remains: readonly string[]
}

export interface RedactOptions {
  readonly person: Person
  /** Whether to count only, and to change nothing. */
  readonly isDryRun: boolean
  /** The number of entries that were read so far. */
  readonly onRead?: (entries: number) => void
}

// A server may append an entry with the name during a pass, because it has read the entries before.
const MOST_PASSES = 10

/**
 * Removes the name of a person from all entries of a store, and then from the rest of its storage. It may be interrupted
 * and done again. Servers may run on the store meanwhile. Throws `INVALID_REQUEST` if nobody can be the person.
 */
export async function redactStore(store: RewritableStore, options: RedactOptions): Promise<Redacted> {
  requirePerson(options.person)
  const first = await new Pass(store, options).run()
  if (options.isDryRun) return { ...first, remains: [] }
  for (let pass = 1, found = first.entries; found > 0 && pass < MOST_PASSES; pass++) {
    found = (await new Pass(store, options).run()).entries
    first.entries += found
  }
  return { ...first, remains: await store.purge() }
}

/** One pass over all entries of a store. */
class Pass {
  readonly #store: RewritableStore
  readonly #options: RedactOptions
  readonly #result = { entries: 0, services: 0, mentions: 0, damaged: 0 }
  #read = 0
  #service: string | undefined
  /** Undefined: a damaged entry hides the names that the next entries repeat. */
  #redaction: ServiceRedaction | undefined
  #isCounted = false

  constructor(store: RewritableStore, options: RedactOptions) {
    this.#store = store
    this.#options = options
  }

  async run(): Promise<Omit<Redacted, 'remains'>> {
    for await (const batch of this.#store.audit()) {
      const changed = batch.flatMap((audited) => this.#next(audited) ?? [])
      if (changed.length > 0 && !this.#options.isDryRun) await this.#store.rewrite(changed)
      this.#read += batch.length
      this.#options.onRead?.(this.#read)
    }
    return this.#result
  }

  #next(audited: AuditedEntry): Entry | null {
    if (audited.service !== this.#service) this.#begin(audited.service)
    const { entry, damage } = audited
    if (this.#redaction === undefined) return null
    if (entry === null || damage !== null) {
      this.#result.damaged++
      this.#redaction = undefined
      return null
    }
    const changed = this.#redaction.next(entry)
    if (changed !== null) this.#count()
    if (this.#mentions(changed ?? entry)) this.#result.mentions++
    return changed
  }

  #begin(service: string): void {
    this.#service = service
    this.#redaction = new ServiceRedaction(this.#options.person)
    this.#isCounted = false
  }

  #count(): void {
    this.#result.entries++
    if (!this.#isCounted) this.#result.services++
    this.#isCounted = true
  }

  // The hash covers these parts, or they are texts that somebody wrote.
  #mentions({ link, reason, request, revision }: Entry): boolean {
    const texts = JSON.stringify(link === null ? { reason, request, info: revision?.info } : { ...link.delta, request })
    const { person } = this.#options
    return 'name' in person && texts.includes(JSON.stringify(person.name).slice(1, -1))
  }
}
