import type { Entry } from '../../../domain/log.ts'
import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import { requireGapless } from '../../forms/stored-entry.ts'
import type { LogPage } from '../../store.ts'
import { openDocument, requireKeys } from '../documents.ts'
import { type FoundDocument, holdersAmong, toEntry } from './found-entry.ts'
import { inTurns } from './long-reads.ts'
import { ALL_PARTS, ENTRIES, generationsOf, type Pipeline, union } from './pipelines.ts'

/** Reads a page of a log, and then the entries before it that have large parts of the page. */
export function logPipeline(service: ServiceId, page: LogPage): object[] {
  return union([pageOf(service, page), holdersBefore(service, page)])
}

/** Checks and parses the entries of a page. Throws `DAMAGED_ENTRY` if one of them is missing. */
export async function toLogPage(
  service: ServiceId,
  { after }: LogPage,
  documents: readonly FoundDocument[],
): Promise<Entry[]> {
  const page = documents.filter(({ generation }) => !(generation <= after))
  requireGapless(service, after, page)
  const holders = holdersAmong(service, documents)
  return inTurns(page, (document) => {
    const entry = toEntry({ opened: openDocument(service, document), holders })
    requireKeys(entry, document)
    return entry
  })
}

function pageOf(id: ServiceId, { after, limit }: LogPage): Pipeline {
  const service = formatServiceId(id)
  return [{ $match: { service, generation: { $gt: after } } }, { $sort: { generation: 1 } }, { $limit: limit }]
}

// Many entries may name the same one, which is read once.
function holdersBefore(id: ServiceId, page: LogPage): Pipeline {
  const service = formatServiceId(id)
  const isHolder = { service, $expr: { $eq: ['$generation', '$$at'] } }
  const holder = { from: ENTRIES, let: { at: '$_id' }, pipeline: [{ $match: isHolder }], as: 'holder' }
  return [
    ...pageOf(id, page),
    { $project: { _id: 0, at: generationsOf(ALL_PARTS) } },
    { $unwind: '$at' },
    { $match: { at: { $lte: page.after } } },
    { $group: { _id: '$at' } },
    { $lookup: holder },
    { $unwind: '$holder' },
    { $replaceRoot: { newRoot: '$holder' } },
  ]
}
