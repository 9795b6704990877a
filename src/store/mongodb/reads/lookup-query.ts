import type { Document } from 'mongodb'
import type { AliasName } from '../../../domain/alias.ts'
import type { RevisionTag } from '../../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import { PLACES } from '../points.ts'
import { ALL_PARTS, generationsOf, newestOfTag, type Part, type Pipeline, withHolders } from './pipelines.ts'
import { type Place, type RecalledDocuments, recallParts } from './places.ts'

/** All that is to be read of a service, at its newest generation or at others. */
export interface LookupQuery {
  readonly service: ServiceId
  /** The generations to read at. Empty: the newest one. If there are tags, it is at most one. */
  readonly generations: Set<number>
  /** Whether the next entry builds on it. It then needs the large parts, too. */
  readonly isForChange: boolean
  /** Whether the id of the newest entry is to be read, and nothing else of it. */
  needsNewestId: boolean
  needsEntry: boolean
  needsAliases: boolean
  needsDefault: boolean
  readonly aliases: Set<AliasName>
  readonly tags: Set<RevisionTag>
  readonly requests: Set<string>
  readonly places: Set<Place>
}

/** The field of the entry of a service with the revision that the server has found for the default. */
export const DEFAULT_FIELD = 'ofDefault'

/** The field with the revision that the server has found for an alias. A name has no character of special meaning. */
export function aliasField(alias: AliasName): string {
  return `ofAlias-${alias}`
}

/**
 * The documents of a pipeline: the id of the newest entry, the entry of the generation, the newest entries of tags, the first
 * of a request, or places.
 */
export type Role = 'newest' | 'entry' | 'tag' | 'request' | keyof RecalledDocuments

/** A part of a query. */
interface QueryPart {
  readonly role: Role
  readonly pipeline: Pipeline
}

/**
 * The parts of a query. The part `entry` finds the newest entry, and the revisions that only the server can know by it. The
 * part `tag` finds the newest entries of tags. It runs later, so it finds each of them up to the generation of that entry.
 * It may find a newer one.
 */
export function pipelinesOf(query: LookupQuery): readonly QueryPart[] {
  const service = formatServiceId(query.service)
  const { needsNewestId, needsEntry, tags, requests, places } = query
  return [
    ...(needsNewestId ? [{ role: 'newest', pipeline: newestIdPipeline(service) } as const] : []),
    ...(needsEntry ? [{ role: 'entry', pipeline: atPipeline(query) } as const] : []),
    ...(tags.size > 0 ? [{ role: 'tag', pipeline: tagsPipeline(query) } as const] : []),
    ...[...requests].map((id) => ({ role: 'request', pipeline: requestPipeline(service, id) }) as const),
    ...(places.size > 0 ? recallParts(service, [...places]) : []),
  ]
}

function newestIdPipeline(service: string): Pipeline {
  return [{ $match: { service } }, { $sort: { generation: -1 } }, { $limit: 1 }, { $project: { _id: 1 } }]
}

function atPipeline(query: LookupQuery): Pipeline {
  const { isForChange, needsAliases, needsDefault, aliases } = query
  const service = formatServiceId(query.service)
  const choose = (as: string, tag: unknown) => {
    const lookup = newestOfTag(service, { tag, at: '$generation' }, [withHolders(service, revisionParts(isForChange))])
    return { $lookup: { ...lookup, as } }
  }
  return [
    ...entriesPipeline(service, [...query.generations]),
    ...(needsAliases ? [withHolders(service, ['aliases'])] : []),
    ...(needsDefault ? [choose(DEFAULT_FIELD, defaultElsewhere(isForChange))] : []),
    ...[...aliases].map((alias) => choose(aliasField(alias), tagOfAlias(alias))),
  ]
}

// One pipeline reads many generations, because each pipeline of a command takes the server a while.
function entriesPipeline(service: string, [generation, ...others]: readonly number[]): Pipeline {
  if (others.length > 0) return [{ $match: { service, generation: { $in: [generation, ...others] } } }]
  const at = generation === undefined ? {} : { generation }
  return [{ $match: { service, ...at } }, { $sort: { generation: -1 } }, { $limit: 1 }]
}

function tagsPipeline({ service: id, generations, isForChange, tags }: LookupQuery): Pipeline {
  const service = formatServiceId(id)
  const [tag] = tags
  const [generation] = generations
  const upTo = generation === undefined ? {} : { generation: { $lte: generation } }
  const parts = withHolders(service, isForChange ? ALL_PARTS : revisionParts(false))
  if (tags.size === 1) {
    return [{ $match: { service, 'revision.tag': tag, ...upTo } }, { $sort: { generation: -1 } }, { $limit: 1 }, parts]
  }
  // The server jumps in the index from the newest entry of each tag to the next tag.
  return [
    { $match: { service, 'revision.tag': { $in: [...tags] }, ...upTo } },
    { $sort: { 'revision.tag': -1, generation: -1 } },
    { $group: { _id: '$revision.tag', newest: { $first: '$$ROOT' } } },
    { $replaceRoot: { newRoot: '$newest' } },
    parts,
  ]
}

function requestPipeline(service: string, id: string): Pipeline {
  const first = { service, requestOf: service, 'request.id': id }
  return [{ $match: first }, { $sort: { generation: 1 } }, { $limit: 1 }, withHolders(service, ALL_PARTS)]
}

function revisionParts(isForChange: boolean): readonly Part[] {
  return isForChange ? ['info', 'registration'] : ['info']
}

// Entries of form 2 have their head as a document. Those of form 3 have the parts that the server needs. No tag is empty.
export const DEFAULT_TAG = orElse('$points.default', '$head.defaultTag', '')

// If the newest entry is that of the default, and has all its parts, there is nothing to look for.
function defaultElsewhere(isForChange: boolean): Document {
  const hasParts = { $eq: [generationsOf(revisionParts(isForChange)), []] }
  return { $cond: [{ $and: [{ $eq: [DEFAULT_TAG, '$revision.tag'] }, hasParts] }, '', DEFAULT_TAG] }
}

// The list of the aliases is in the entry itself, or in the one that has it. The entry may have moved some of them since.
function tagOfAlias(alias: AliasName): Document {
  const list = (ofForm3: string, ofForm2: string) => {
    const inHolder = [`$holders.${ofForm3}`, `$holders.${ofForm2}`].map((path) => ({ $arrayElemAt: [path, 0] }))
    return orElse(`$${ofForm3}`, `$${ofForm2}`, ...inHolder, [])
  }
  const names = list('points.names', 'head.aliases.name')
  const tags = list('points.tags', 'head.aliases.tag')
  const isOfAlias = { $gte: [{ $indexOfBytes: ['$$move.at', { $substrBytes: [PLACES, '$$place', 1] }] }, 0] }
  const moves = { $filter: { input: orElse('$points.moves', []), as: 'move', cond: isOfAlias } }
  const target = orElse({ $arrayElemAt: ['$$moves.to', 0] }, { $arrayElemAt: [tags, '$$place'] }, '')
  const found = { $cond: [{ $lt: ['$$place', 0] }, '', bind({ moves }, target)] }
  return bind({ place: { $indexOfArray: [names, { $literal: alias }] } }, found)
}

function bind(vars: Document, expression: unknown): Document {
  return { $let: { vars, in: expression } }
}

// Before MongoDB 5.0, `$ifNull` takes two expressions.
function orElse(...expressions: readonly unknown[]): unknown {
  return expressions.reduceRight((otherwise, expression) => ({ $ifNull: [expression, otherwise] }))
}
