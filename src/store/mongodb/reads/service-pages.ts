import type { Document } from 'mongodb'
import type { ServiceId } from '../../../domain/sruid.ts'
import { parseStoredService } from '../../forms/stored-entry.ts'
import { aboveNamespace, abovePrefix, firstBehind, prefixOf } from '../../service-order.ts'
import type { NamespacePage, ServiceCount, ServicePage } from '../../store.ts'
import { bytesOfFound, type FoundDocument } from './found-entry.ts'
import { DEFAULT_TAG } from './lookup-query.ts'
import { ENTRIES } from './pipelines.ts'

/** The newest entry of a service, and the newest entry of its default, if the server knew it. */
export type ServiceDocument = FoundDocument & { readonly ofDefault: readonly FoundDocument[] }

/** Reads the services of a page, each with its newest entry and that of its default. */
export function servicesPipeline({ prefix = '', after = '', limit }: ServicePage): Document[] {
  return [
    ...firstEntries(firstBehind(prefix, after), abovePrefix(prefix), limit),
    { $lookup: newestOf({ service: '$service' }, [{ $eq: ['$service', '$$service'] }], 'newest') },
    { $unwind: '$newest' },
    { $replaceRoot: { newRoot: '$newest' } },
    {
      $lookup: newestOf(
        { service: '$service', tag: DEFAULT_TAG, at: '$generation' },
        [{ $eq: ['$service', '$$service'] }, { $eq: ['$revision.tag', '$$tag'] }, { $lte: ['$generation', '$$at'] }],
        'ofDefault',
      ),
    },
  ]
}

/** About the bytes that a service of a page takes. */
export function bytesOfService({ ofDefault, ...newest }: ServiceDocument): number {
  return bytesOfFound([newest as FoundDocument, ...ofDefault])
}

/** The services that a read of namespaces looks at in one command, for each namespace that it wants, and in all. */
const SERVICES_PER_NAMESPACE = 100
const MOST_SERVICES = 10_000

/** The namespaces of some services, in no order, the last of these services, and their number. */
export interface Namespaces {
  readonly namespaces: readonly string[]
  readonly last: string
  readonly count: number
}

/** The most services that `namespacesPipeline` looks at. */
export function servicesAtOnce({ limit }: NamespacePage): number {
  return Math.min(limit * SERVICES_PER_NAMESPACE, MOST_SERVICES)
}

/** Reads the namespaces of the services behind a namespace from the index alone. */
export function namespacesPipeline(after: string, atOnce: number): Document[] {
  const from = after === '' ? '' : aboveNamespace(after)
  const namespace = { $arrayElemAt: [{ $split: ['$service', '/'] }, 0] }
  const all = { namespaces: { $addToSet: namespace }, last: { $last: '$service' }, count: { $sum: 1 } }
  return [...firstEntries(from, abovePrefix(''), atOnce), { $group: { _id: null, ...all } }]
}

/** Counts the services of a namespace in the index alone. An empty namespace has no document. */
export function countPipeline({ namespace, most }: ServiceCount): Document[] {
  const prefix = prefixOf(namespace)
  return [...firstEntries(prefix, abovePrefix(prefix), most), { $count: 'count' }]
}

/** Parses a namespace. Throws `DAMAGED_ENTRY` if the text is not a valid namespace. */
export function parseNamespace(text: string): string {
  return parseStoredService(`${text}/any`).namespace
}

export function serviceOf({ service }: FoundDocument): ServiceId {
  return parseStoredService(service)
}

// Each service has one entry of generation 1. In the unique index, the server jumps from each to the next.
function firstEntries(from: string, to: string, limit: number): Document[] {
  return [
    { $match: { service: { $gte: from, $lt: to }, generation: 1 } },
    { $sort: { service: 1 } },
    { $limit: limit },
    { $project: { _id: 0, service: 1 } },
  ]
}

function newestOf(variables: Document, conditions: readonly Document[], as: string): Document {
  const match = { $match: { $expr: { $and: conditions } } }
  return { from: ENTRIES, let: variables, pipeline: [match, { $sort: { generation: -1 } }, { $limit: 1 }], as }
}
