import type { Entry, FullHeadSnapshot, FullSnapshot } from '../../../domain/log.ts'
import type { RevisionTag } from '../../../domain/revision-tag.ts'
import type { ServiceId } from '../../../domain/sruid.ts'
import { damagedEntry, type Elsewhere } from '../../forms/opened-entry.ts'
import { type Choice, choose, chooseByAlias, requireChosen } from '../../selected-tag.ts'
import type { LookupResult, RevisionSelector } from '../../store.ts'
import { type FoundEntry, openFound, toEntry, toFullHead, toFullRevision, toHead, toRevision } from './found-entry.ts'
import type { Found, GroupLookup, Wanted } from './group-lookup.ts'

/** The choice of a selector at an entry, and the newest entry of the chosen revision. */
interface Chosen extends Choice {
  readonly at: FoundEntry
  readonly holder: FoundEntry | null
}

/** Answers lookups of one service. Usually one command answers all of one turn. */
export class Lookups {
  readonly #group: GroupLookup

  constructor(group: GroupLookup) {
    this.#group = group
  }

  /** As `Store.readHead`. */
  async head(service: ServiceId): Promise<FullHeadSnapshot | null> {
    const found = await this.#group.find({ service, revision: null })
    return found && toFullHead(openFound(service, found.at))
  }

  /** As `Store.lookup`. */
  async lookup(service: ServiceId, selector: RevisionSelector): Promise<LookupResult | null> {
    const wanted = { service, revision: selector }
    const found = await this.#group.find(wanted)
    if (found === null) return null
    const { at, holder, head, alias } = await this.#choose(wanted, selector, found)
    const { generation, time } = at.opened.key
    return { generation, time, head, revision: holder && toRevision(holder), alias }
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

  async #choose(wanted: Wanted, selector: RevisionSelector, { at: document, ofRevision }: Found): Promise<Chosen> {
    const at = openFound(wanted.service, isNewer(ofRevision, document) ? ofRevision : document)
    const isFromList = selector.by === 'alias'
    const choice = isFromList ? chooseByAlias(toFullHead(at).head, selector) : choose(toHead(at), selector)
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

// The two were read one after the other. An entry of the revision that was appended in between is the newest of the
// service, so the answer is as of that entry.
function isNewer<T extends { readonly generation: number }>(one: T | undefined, other: T): one is T {
  return one !== undefined && one.generation > other.generation
}

function hasOwnParts({ elsewhere }: { readonly elsewhere: Elsewhere }, { isForChange }: Wanted): boolean {
  return elsewhere.info === undefined && !(isForChange && elsewhere.registration !== undefined)
}
