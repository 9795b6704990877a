import type { Entry, FullHeadSnapshot, FullSnapshot, Revision } from '../../../domain/log.ts'
import type { RevisionTag } from '../../../domain/revision-tag.ts'
import type { ServiceId } from '../../../domain/sruid.ts'
import { damagedEntry, type Elsewhere } from '../../forms/opened-entry.ts'
import { KeptLookups } from '../../kept-lookups.ts'
import { type Choice, candidateTags, choose, chooseByAlias, requireChosen } from '../../selected-tag.ts'
import type { LookupResult, RevisionSelector } from '../../store.ts'
import { type FoundEntry, openFound, toEntry, toFullHead, toFullRevision, toHead, toRevision } from './found-entry.ts'
import type { GroupLookup } from './group-lookup.ts'
import type { Found, Wanted } from './lookup-batch.ts'
import { Places, placeOf, type Recalled, recall } from './places.ts'

/** The choice of a selector at an entry, and the newest entry of the chosen revision. */
interface Chosen extends Choice {
  readonly at: FoundEntry
  readonly holder: FoundEntry | null
}

/** Answers lookups of one service. Usually one command answers all of one turn. */
export class Lookups {
  readonly #group: GroupLookup
  readonly #places = new Places()
  readonly #kept = new KeptLookups()

  constructor(group: GroupLookup) {
    this.#group = group
  }

  /** As `Store.readHead`. */
  async head(service: ServiceId, generation?: number): Promise<FullHeadSnapshot | null> {
    const found = await this.#group.find({ service, generation, revision: null })
    return found && toFullHead(openFound(service, found.at))
  }

  /** As `Store.lookup`. */
  async lookup(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<LookupResult | null> {
    if (generation !== undefined) return this.#lookupAt(service, selector, generation)
    const kept = this.#kept.get(service, selector)
    if (kept !== undefined) {
      if ((await this.#group.newestId(service)) === kept.newestId) return kept.result
      this.#kept.delete(kept)
    }
    const chosen = (await this.#recall(service, selector)) ?? (await this.#search(service, selector))
    if (chosen === null) return null
    const { at, holder, tag } = chosen
    this.#places.set(service, selector, placeOf(at, tag, holder))
    const result = await this.#toResult(service, selector, chosen)
    this.#kept.offer({ service, selector, newestId: at.opened.key.id, result, seenAt: 0 })
    return result
  }

  async #lookupAt(service: ServiceId, selector: RevisionSelector, generation: number): Promise<LookupResult | null> {
    const wanted = { service, generation, revision: selector }
    const found = await this.#group.find(wanted)
    return found && this.#toResult(service, selector, await this.#choose(wanted, selector, found))
  }

  async #toResult(service: ServiceId, selector: RevisionSelector, chosen: Chosen): Promise<LookupResult> {
    const { at, holder, head, alias } = chosen
    const { generation, time } = at.opened.key
    const revision = holder && toRevision(holder)
    const candidates = await this.#candidates(service, at, candidateTags(head, selector))
    return { generation, time, head, hash: at.opened.hash, revision, alias, candidates }
  }

  async #candidates(service: ServiceId, at: FoundEntry, tags: readonly RevisionTag[]): Promise<readonly Revision[]> {
    const { key } = at.opened
    return Promise.all(
      tags.map(async (tag) => {
        const revision = { by: 'tag', tag } as const
        const found = await this.#group.find({ service, generation: key.generation, revision })
        const candidate = found?.ofRevision && toRevision(openFound(service, found.ofRevision))
        if (!candidate) throw damagedEntry(key)
        return candidate
      }),
    )
  }

  /** As `Store.lookupForChange`. */
  async forChange(
    service: ServiceId,
    selector: RevisionSelector,
    generation: number | undefined,
  ): Promise<FullSnapshot | null> {
    const wanted = { service, generation, isForChange: true, revision: selector }
    const found = await this.#group.find(wanted)
    if (found === null) return null
    const { at, holder } = await this.#choose(wanted, selector, found)
    return { ...toFullHead(at), revision: holder && toFullRevision(holder) }
  }

  /** As `Store.findRequest`. */
  async request(service: ServiceId, requestId: string): Promise<Entry | null> {
    const document = await this.#group.findRequest(service, requestId)
    if (document === undefined) return null
    const entry = toEntry(openFound(service, document))
    if (entry.request?.id !== requestId) throw damagedEntry(entry)
    return entry
  }

  async #search(service: ServiceId, selector: RevisionSelector): Promise<Chosen | null> {
    const wanted = { service, revision: selector }
    const found = await this.#group.find(wanted)
    return found && this.#choose(wanted, selector, found)
  }

  // Null if a search must answer: the lookup is new, or its answer is elsewhere now.
  async #recall(service: ServiceId, selector: RevisionSelector): Promise<Chosen | null> {
    const place = this.#places.get(service, selector)
    if (place === undefined) return null
    const recalled = recall(service, place, await this.#group.recall(service, place))
    const chosen = recalled && chooseRecalled(recalled, selector)
    if (chosen === null) this.#places.forget(service, selector)
    return chosen
  }

  async #choose(wanted: Wanted, selector: RevisionSelector, { at: document, ofRevision }: Found): Promise<Chosen> {
    const at = openFound(wanted.service, isNewer(ofRevision, document) ? ofRevision : document)
    const choice = chooseAt(at, selector)
    const { tag } = choice
    const found = ofRevision && openFound(wanted.service, ofRevision)
    const holder = tag && (await this.#holderOf(wanted, tag, { at, found }))
    requireChosen(at.opened.key, selector, { tag, holder })
    return { ...choice, at, holder }
  }

  // The server may not have known which revision to look for: an older version wrote the entry.
  async #holderOf(
    wanted: Wanted,
    tag: RevisionTag,
    { at, found }: { readonly at: FoundEntry; readonly found: FoundEntry | undefined },
  ): Promise<FoundEntry | null> {
    if (found?.opened.key.tag === tag) return found
    if (at.opened.key.tag === tag && hasOwnParts(at.opened, wanted)) return at
    if (wanted.revision?.by === 'tag') return null
    const { service, isForChange } = wanted
    const { generation } = at.opened.key
    const again = await this.#group.find({ service, generation, isForChange, revision: { by: 'tag', tag } })
    return again?.ofRevision === undefined ? null : openFound(service, again.ofRevision)
  }
}

function chooseAt(at: FoundEntry, selector: RevisionSelector): Choice {
  return selector.by === 'alias' ? chooseByAlias(toFullHead(at).head, selector) : choose(toHead(at), selector)
}

// Null if one of the entries that the answer needs was not read.
function chooseRecalled({ at, holderOf, has }: Recalled, selector: RevisionSelector): Chosen | null {
  const { aliases } = at.opened.elsewhere
  if (selector.by === 'alias' && aliases !== undefined && !has(aliases)) return null
  const choice = chooseAt(at, selector)
  const holder = choice.tag === null ? null : holderOf(choice.tag)
  const info = holder?.opened.elsewhere.info
  if (holder === undefined || (info !== undefined && !has(info))) return null
  requireChosen(at.opened.key, selector, { tag: choice.tag, holder })
  return { ...choice, at, holder }
}

// The two were read one after the other. An entry of the revision that was appended in between is the newest of the
// service, so the answer is as of that entry.
function isNewer<T extends { readonly generation: number }>(one: T | undefined, other: T): one is T {
  return one !== undefined && one.generation > other.generation
}

function hasOwnParts({ elsewhere }: { readonly elsewhere: Elsewhere }, { isForChange }: Wanted): boolean {
  return elsewhere.info === undefined && !(isForChange && elsewhere.registration !== undefined)
}
