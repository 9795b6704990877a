import { type ClaimMatcher, type Claims, claimAt, textsOf } from './claim-matcher.ts'

/** Something with conditions on claims. */
export interface Conditional {
  readonly claims: readonly ClaimMatcher[]
}

interface OfPath<T> {
  readonly path: readonly string[]
  readonly exact: Map<string, T[]>
  /** By the length of the beginning, so that a look-up cuts the claim once for each length. */
  readonly prefixes: Map<number, Map<string, T[]>>
}

/**
 * Finds the few among many items whose conditions the claims of a token may meet. Each item is found by the condition that it
 * shares with the fewest others: often it has the claim `repository` for itself.
 */
export class ClaimIndex<T extends Conditional> {
  readonly #unconditional: T[] = []
  readonly #paths = new Map<string, OfPath<T>>()

  constructor(items: readonly T[]) {
    const counts = new Map<string, number>()
    for (const matcher of items.flatMap(({ claims }) => claims)) {
      counts.set(keyOf(matcher), (counts.get(keyOf(matcher)) ?? 0) + 1)
    }
    const countOf = (matcher: ClaimMatcher) => counts.get(keyOf(matcher)) ?? 0
    for (const item of items) {
      const [rarest] = item.claims.toSorted((a, b) => countOf(a) - countOf(b))
      if (rarest === undefined) this.#unconditional.push(item)
      else add(this.#mapFor(rarest), rarest.text, item)
    }
  }

  /** The items that have a condition which is met, and the items without conditions. Each is there once, in no order. */
  candidates(claims: Claims): readonly T[] {
    const found = new Set(this.#unconditional)
    for (const { path, exact, prefixes } of this.#paths.values()) {
      for (const text of textsOf(claimAt(claims, path))) {
        for (const item of exact.get(text) ?? []) found.add(item)
        for (const [length, byText] of prefixes) {
          for (const item of byText.get(text.slice(0, length)) ?? []) found.add(item)
        }
      }
    }
    return [...found]
  }

  #mapFor({ path, text, isPrefix }: ClaimMatcher): Map<string, T[]> {
    const key = JSON.stringify(path)
    const ofPath = this.#paths.get(key) ?? { path, exact: new Map(), prefixes: new Map() }
    this.#paths.set(key, ofPath)
    if (!isPrefix) return ofPath.exact
    const byText = ofPath.prefixes.get(text.length) ?? new Map<string, T[]>()
    ofPath.prefixes.set(text.length, byText)
    return byText
  }
}

function keyOf({ path, text, isPrefix }: ClaimMatcher): string {
  return JSON.stringify([path, text, isPrefix])
}

function add<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key)
  if (items === undefined) map.set(key, [item])
  else items.push(item)
}
