/** A map that keeps only the entries that were used last. */
export class RecentlyUsed<K, V> {
  readonly #max: number
  readonly #entries = new Map<K, V>()

  /** @param max How many entries are kept. */
  constructor(max: number) {
    this.#max = max
  }

  /** The value of a key. `create` makes it if it is not there; what `create` throws is thrown, and nothing is kept. */
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
