/** A map that keeps only its most recently used entries. */
export class RecentlyUsed<K, V> {
  readonly #max: number
  readonly #entries = new Map<K, V>()

  /** @param max The most entries that the map keeps. */
  constructor(max: number) {
    this.#max = max
  }

  /** Returns the value of a key, and calls `create` if there is none. If `create` throws, nothing is kept. */
  getOrCreate(key: K, create: (key: K) => V): V {
    const known = this.#entries.get(key)
    if (known !== undefined || this.#entries.has(key)) {
      // A map lists its keys in the order in which they were set.
      this.#entries.delete(key)
      this.#entries.set(key, known as V)
      return known as V
    }
    const value = create(key)
    if (this.#entries.size >= this.#max) this.#entries.delete(this.#entries.keys().next().value as K)
    this.#entries.set(key, value)
    return value
  }
}
