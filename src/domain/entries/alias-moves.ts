import type { Alias } from '../alias.ts'
import type { AliasMove, AliasPlace, FullHead } from '../head.ts'

/** The most moves that entries repeat. Then an entry has the whole list again. */
const MAX_MOVES = 16

/** The list after moves. Throws if a move is of an alias that is not in the list. */
export function withMoves(aliases: readonly Alias[], moves: readonly AliasMove[]): readonly Alias[] {
  if (moves.length === 0) return aliases
  const moved = [...aliases]
  for (const { tag, etag, positions } of moves) {
    for (const position of positions) {
      const alias = moved[position]
      if (alias === undefined) throw new RangeError(`there is no alias at place ${position}`)
      moved[position] = { ...alias, tag, etag }
    }
  }
  return moved
}

/** The moves between two lists of the same aliases; null if an alias was set, changed or deleted. */
export function movesBetween(before: readonly Alias[], after: readonly Alias[]): readonly AliasMove[] | null {
  if (before.length !== after.length) return null
  const moves = new Map<string, { -readonly [K in keyof AliasMove]: AliasMove[K] } & { positions: number[] }>()
  for (const [position, alias] of after.entries()) {
    const old = before[position]
    if (old === alias) continue
    if (!isOnlyMoved(old, alias)) return null
    const { tag, etag } = alias
    const key = JSON.stringify([tag, etag])
    const move = moves.get(key) ?? { tag, etag, positions: [] }
    move.positions.push(position)
    moves.set(key, move)
  }
  return [...moves.values()]
}

/** The place of the aliases after the entry of a generation. `moves` is the result of `movesBetween`. */
export function nextPlace(
  { aliasPlace }: Pick<FullHead, 'aliasPlace'>,
  moves: readonly AliasMove[] | null,
  generation: number,
): AliasPlace {
  if (moves === null) return { generation, moves: [] }
  const all = [...withoutPositions(aliasPlace.moves, moves), ...moves]
  return all.length > MAX_MOVES ? { generation, moves: [] } : { generation: aliasPlace.generation, moves: all }
}

// If an alias has moved again, its earlier move no longer counts.
function withoutPositions(earlier: readonly AliasMove[], later: readonly AliasMove[]): AliasMove[] {
  const again = new Set(later.flatMap(({ positions }) => positions))
  return earlier.flatMap((move) => {
    const positions = move.positions.filter((position) => !again.has(position))
    return positions.length === 0 ? [] : [{ ...move, positions }]
  })
}

// Only aliases that follow a range move. The others are set.
function isOnlyMoved(before: Alias | undefined, after: Alias): boolean {
  const isSame = before?.name === after.name && before.isImported === after.isImported
  const [old, follows] = [before?.follows, after.follows]
  if (!isSame || !old || !follows) return false
  return old.range === follows.range && old.includePrerelease === follows.includePrerelease
}

/** Places as a text: the hexadecimal number whose bits they are, which is short however many places there are. */
export function formatPositions(positions: readonly number[]): string {
  return positions.reduce((bits, position) => bits | (1n << BigInt(position)), 0n).toString(16)
}

/** The inverse of `formatPositions`, in ascending order. */
export function parsePositions(text: string): number[] {
  const bits = [...BigInt(`0x${text}`).toString(2)].reverse()
  return bits.flatMap((bit, position) => (bit === '1' ? [position] : []))
}
