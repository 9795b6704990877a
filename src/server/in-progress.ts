/** How many items a list has before it looks for those that are over. */
const LEAST = 32

/**
 * A list of short-lived items. It does not notice their end, so an item costs nothing but its place: those that are over
 * leave the list whenever it has doubled. A map costs several microseconds for each item.
 */
export class InProgress<Item> {
  readonly #isOver: (item: Item) => boolean
  readonly #items: Item[] = []
  #most = LEAST

  constructor(isOver: (item: Item) => boolean) {
    this.#isOver = isOver
  }

  add(item: Item): void {
    if (this.#items.length >= this.#most) this.current()
    this.#items.push(item)
  }

  /** The items that are not over, the oldest first. Valid until the next call. */
  current(): readonly Item[] {
    let kept = 0
    for (const item of this.#items) if (!this.#isOver(item)) this.#items[kept++] = item
    this.#items.length = kept
    this.#most = Math.max(LEAST, 2 * kept)
    return this.#items
  }
}
