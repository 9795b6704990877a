import type { Document } from 'mongodb'
import type { Elsewhere } from '../../forms/opened-entry.ts'

/** A large part of an entry that another entry may have. */
export type Part = keyof Elsewhere

export const ALL_PARTS: readonly Part[] = ['aliases', 'info', 'registration']

/** The stages of a pipeline. */
export type Pipeline = readonly Document[]

/** The name of the collection, in which each stage looks. */
export const ENTRIES = 'entries'

/** The generations of the entries that have these parts of an entry. */
export function generationsOf(parts: readonly Part[]): Document {
  return { $setDifference: [parts.map((part) => `$parts.${part}`), [null]] }
}

/**
 * Adds the entries that have these parts, as `holders`. A `$graphLookup` asks for nothing if an entry has its parts
 * itself, which most have. A `$lookup` would ask in vain.
 */
export function withHolders(service: string, parts: readonly Part[]): Document {
  return {
    $graphLookup: {
      from: ENTRIES,
      startWith: generationsOf(parts),
      connectFromField: 'none',
      connectToField: 'generation',
      maxDepth: 0,
      restrictSearchWithMatch: { service },
      as: 'holders',
    },
  }
}

/** Reads what all pipelines read, one after the other, in one command. */
export function union([first, ...others]: readonly Pipeline[]): Document[] {
  return [...(first ?? []), ...others.map((pipeline) => ({ $unionWith: { coll: ENTRIES, pipeline } }))]
}

/** Expressions for the entries of a tag up to a generation, and after another one. Default: from the first. */
export interface EntriesOfTag {
  readonly tag: unknown
  readonly after?: string
  readonly at: unknown
}

/** The newest of the entries of a tag. */
export function newestOfTag(service: string, { tag, after, at }: EntriesOfTag, then: Pipeline) {
  const isOfTag = [
    { $eq: ['$revision.tag', '$$tag'] },
    { $gt: ['$generation', after === undefined ? 0 : '$$after'] },
    { $lte: ['$generation', '$$at'] },
  ]
  return {
    from: ENTRIES,
    let: { tag, at, ...(after !== undefined && { after }) },
    pipeline: [
      { $match: { service, $expr: { $and: isOfTag } } },
      { $sort: { generation: -1 } },
      { $limit: 1 },
      ...then,
    ],
  }
}
