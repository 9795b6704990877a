import { type Entry, type FullHeadSnapshot, type FullRevision, snapshotAfter } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'

/** Some entries of a service that wait to be appended, and its state after them. */
export class Draft {
  readonly #store: Store
  readonly #revisions: Map<RevisionTag, FullRevision>
  readonly #waiting: { readonly entry: Entry; readonly onStored: () => void }[] = []
  #newest: FullHeadSnapshot | null

  private constructor(store: Store, newest: FullHeadSnapshot | null, revisions: readonly FullRevision[]) {
    this.#store = store
    this.#newest = newest
    this.#revisions = new Map(revisions.map((revision) => [revision.revisionTag, revision]))
  }

  /** Begins at the newest state of a service. Of its revisions, the draft knows those of the tags. */
  static async begin(store: Store, service: ServiceId, tags: readonly RevisionTag[]): Promise<Draft> {
    const newest = await store.readHead(service)
    const wanted = newest === null ? [] : tags
    const found = await Promise.all(wanted.map((tag) => store.lookupForChange(service, { by: 'tag', tag })))
    return new Draft(
      store,
      newest,
      found.flatMap((snapshot) => snapshot?.revision ?? []),
    )
  }

  get newest(): FullHeadSnapshot | null {
    return this.#newest
  }

  revision(tag: RevisionTag): FullRevision | undefined {
    return this.#revisions.get(tag)
  }

  /** Adds the next entry. `onStored` is called once it is durable. */
  push(entry: Entry, onStored: () => void = () => {}): void {
    this.#waiting.push({ entry, onStored })
    this.#newest = snapshotAfter(entry)
    const { revision, event } = entry
    if (revision !== null && event.startsWith('revision-')) this.#revisions.set(revision.revisionTag, revision)
  }

  /**
   * Appends the entries that wait. Resolves with false if another writer was first. The draft is then of no use, and the
   * caller begins another one.
   */
  async flush(): Promise<boolean> {
    const waiting = this.#waiting.splice(0)
    if (waiting.length === 0) return true
    const appended = await this.#store.appendAll(waiting.map(({ entry }) => entry))
    for (const { onStored } of waiting.slice(0, appended)) onStored()
    return appended === waiting.length
  }
}
