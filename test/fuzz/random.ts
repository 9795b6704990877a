/** A source of pseudo-random numbers, which are always the same for a seed. */
export interface Random {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number
  /** One of the given items. */
  pick<T>(choices: readonly T[]): T
  bytes(length: number): Buffer
}

/** The generator "mulberry32": small, fast, and good enough to mutate with. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (bound: number) => next() % bound
  return {
    below,
    pick: (choices) => choices[below(choices.length)] as (typeof choices)[number],
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  }
}
