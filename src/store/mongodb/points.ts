import type { FullHead } from '../../domain/head.ts'
import type { Entry } from '../../domain/log.ts'

/**
 * The revisions that a service points to after an entry, for queries that find them in one command. The body has them,
 * too. An entry that an older version wrote does not have them.
 */
export interface Points {
  /** The tag of the default revision. */
  readonly default?: string
  /** The names of all aliases, if the entry has the whole list. */
  readonly names?: readonly string[]
  /** The tags of these aliases, in the same order. Empty: the alias points nowhere. */
  readonly tags?: readonly string[]
  /** The moves of aliases since the entry that has the list. */
  readonly moves?: readonly PointMove[]
}

/** A move of aliases to a tag. Each place in the list is one character of `PLACES`, so it takes one byte. */
interface PointMove {
  readonly to: string
  readonly at: string
}

/** A character for each place in a list of aliases. No list is longer. */
export const PLACES = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The points of a service after an entry. Empty: it points to nothing. */
export function pointsOf({ generation, head }: Pick<Entry, 'generation' | 'head'>): Points {
  const { defaultTag } = head
  return { ...(defaultTag !== null && { default: defaultTag }), ...aliasPoints(head, generation) }
}

function aliasPoints({ aliases, aliasPlace }: FullHead, generation: number): Points {
  if (aliases.length === 0) return {}
  if (aliasPlace.generation === generation) {
    return { names: aliases.map(({ name }) => name), tags: aliases.map(({ tag }) => tag ?? '') }
  }
  if (aliasPlace.moves.length === 0) return {}
  const toText = (positions: readonly number[]) => positions.map((position) => PLACES[position]).join('')
  return { moves: aliasPlace.moves.map(({ positions, tag }) => ({ to: tag ?? '', at: toText(positions) })) }
}
