import type { Entry, FullHeadSnapshot, FullSnapshot } from '../../../domain/log.ts'
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

/** A choice with the candidates that belong to it, and their newest entries. */
interface Answer extends Chosen {
  readonly candidates: readonly (readonly [RevisionTag, FoundEntry])[]
}

type Search = Wanted & { readonly revision: RevisionSelector }

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
    if (generation === undefined) return this.#newest(service, selector)
    const answer = await this.#search({ service, generation, revision: selector })
    return answer && toResult(answer)
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
    const { at, holder } = await this.#choose(wanted, found)
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

  async #newest(service: ServiceId, selector: RevisionSelector): Promise<LookupResult | null> {
    const kept = this.#kept.get(service, selector)
    if (kept !== undefined) {
      if ((await this.#group.newestId(service)) === kept.newestId) return kept.result
      this.#kept.delete(kept)
    }
    const answer = (await this.#recall(service, selector)) ?? (await this.#search({ service, revision: selector }))
    if (answer === null) return null
    const { at, tag, holder, candidates } = answer
    this.#places.set(service, selector, placeOf(at, [...(tag === null ? [] : [[tag, holder] as const]), ...candidates]))
    const result = toResult(answer)
    this.#kept.offer({ service, selector, newestId: at.opened.key.id, result, seenAt: 0 })
    return result
  }

  // The server does not know the candidates, so a search takes one more command while a rollout runs.
  async #search(wanted: Search): Promise<Answer | null> {
    const found = await this.#group.find(wanted)
    if (found === null) return null
    const chosen = await this.#choose(wanted, found)
    const { head, at } = chosen
    const tags = candidateTags(head, wanted.revision)
    const candidates = await Promise.all(
      tags.map(async (tag) => [tag, await this.#candidate(wanted, tag, at)] as const),
    )
    return { ...chosen, candidates }
  }

  async #candidate(wanted: Search, tag: RevisionTag, at: FoundEntry): Promise<FoundEntry> {
    const candidate = await this.#holderOf(wanted, tag, { at, found: undefined })
    if (candidate === null) throw damagedEntry(at.opened.key)
    return candidate
  }

  // Null if a search must answer: the lookup is new, or its answer is elsewhere now.
  async #recall(service: ServiceId, selector: RevisionSelector): Promise<Answer | null> {
    const place = this.#places.get(service, selector)
    if (place === undefined) return null
    const recalled = recall(service, place, await this.#group.recall(service, place))
    const answer = recalled && chooseRecalled(recalled, selector)
    if (answer === null) this.#places.forget(service, selector)
    return answer
  }

  async #choose(wanted: Search, { at: document, ofRevision }: Found): Promise<Chosen> {
    const { service, revision: selector } = wanted
    const at = openFound(service, isNewer(ofRevision, document) ? ofRevision : document)
    const choice = chooseAt(at, selector)
    const { tag } = choice
    const found = ofRevision && openFound(service, ofRevision)
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
function chooseRecalled({ at, holderOf, has }: Recalled, selector: RevisionSelector): Answer | null {
  const { aliases } = at.opened.elsewhere
  if (selector.by === 'alias' && aliases !== undefined && !has(aliases)) return null
  const entryOf = (tag: RevisionTag) => {
    const holder = holderOf(tag)
    const info = holder?.opened.elsewhere.info
    return info === undefined || has(info) ? holder : undefined
  }
  const choice = chooseAt(at, selector)
  const holder = choice.tag === null ? null : entryOf(choice.tag)
  if (holder === undefined) return null
  requireChosen(at.opened.key, selector, { tag: choice.tag, holder })
  const candidates: (readonly [RevisionTag, FoundEntry])[] = []
  for (const tag of candidateTags(choice.head, selector)) {
    const candidate = entryOf(tag)
    if (!candidate) return null
    candidates.push([tag, candidate])
  }
  return { ...choice, at, holder, candidates }
}

function toResult({ at, holder, head, alias, candidates }: Answer): LookupResult {
  const { generation, time } = at.opened.key
  const revisions = candidates.map(([, candidate]) => toRevision(candidate))
  return {
    ...{ generation, time, head, hash: at.opened.hash, alias },
    revision: holder && toRevision(holder),
    candidates: revisions.filter((revision) => revision !== null),
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
