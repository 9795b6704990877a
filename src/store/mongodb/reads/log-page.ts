import { bytesOfEntry, PageBudget } from '../../../domain/entries/page-budget.ts'
import type { Entry } from '../../../domain/log.ts'
import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import { inTurns } from '../../../turns.ts'
import { requireGapless } from '../../forms/stored-entry.ts'
import type { LogPage } from '../../store.ts'
import { openDocument, requireKeys } from '../documents.ts'
import { type FoundDocument, holdersAmong, toEntry } from './found-entry.ts'
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
  const budget = new PageBudget()
  const entries = await inTurns(page, (document) => {
    const entry = toEntry({ opened: openDocument(service, document), holders })
    requireKeys(entry, document)
    return budget.takes(bytesOfEntry(entry)) ? entry : null
  })
  const end = entries.indexOf(null)
  return entries.slice(0, end === -1 ? undefined : end) as Entry[]
}

/** The limit of the next try to read a page, if some of its documents were too large to be read, too. */
export function smallerLimit({ after }: LogPage, documents: readonly FoundDocument[]): number {
  const own = documents.filter(({ generation }) => !(generation <= after)).length
  // The documents that have large parts of the page come last, and there may be as many of them.
  return own === documents.length ? own : Math.max(1, Math.floor(own / 2))
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
