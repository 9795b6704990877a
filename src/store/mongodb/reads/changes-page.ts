import type { Document } from 'mongodb'
import { bytesOfChange, PageBudget } from '../../../domain/entries/page-budget.ts'
import { emptyHead } from '../../../domain/head.ts'
import { type Entry, isRevisionEntry } from '../../../domain/log.ts'
import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import { inTurns } from '../../../turns.ts'
import { damagedEntry, type Holders } from '../../forms/opened-entry.ts'
import type { ChangesPage, StoredChange } from '../../store.ts'
import { type EntryDocument, requireKeys } from '../documents.ts'
import { bytesOfFound, type FoundDocument, holdersAmong, toEntry, toFullHead, toFullRevision } from './found-entry.ts'
import { ALL_PARTS, ENTRIES, newestOfTag, type Pipeline, union, withHolders } from './pipelines.ts'
import type { FirstDocuments } from './within-page.ts'

/** The newest generation of the service, or an entry with the earlier ones that the state before it follows from. */
export type ChangeDocument = { readonly newest: number } | ChangedDocument

type ChangedDocument = FoundDocument & {
  /** The entry before it of the same revision. None: the entry registers the revision, or changes none. */
  readonly earlier: readonly FoundDocument[]
  /** The entry before it. Absent: it is the next one that was read. */
  readonly previous?: readonly FoundDocument[]
}

/**
 * Reads the newest generation, and a page of entries, the newest first. Each comes with the entries that have its large
 * parts, and with the entry before it of the same revision.
 */
export function changesPipeline(id: ServiceId, page: ChangesPage): Document[] {
  const service = formatServiceId(id)
  const newest = [
    { $match: { service } },
    { $sort: { generation: -1 } },
    { $limit: 1 },
    { $project: { _id: 0, newest: '$generation' } },
  ]
  return union([newest, [...pageOf(service, page), withHolders(service, ALL_PARTS), withEarlier(service)]])
}

/** About the bytes of an entry and of the earlier ones that came with it. */
export function bytesOfChanged(document: ChangeDocument): number {
  return isChanged(document) ? bytesOfFound(withEarlierOnes(document)) : 0
}

/** Checks and parses a page. Null: the service has no entry. Throws `DAMAGED_ENTRY` if an entry is missing. */
export async function toChanges(
  service: ServiceId,
  page: ChangesPage,
  { documents, next }: FirstDocuments<ChangeDocument>,
): Promise<readonly StoredChange[] | null> {
  const [first] = documents
  if (first === undefined || isChanged(first)) return null
  const all = [...documents, ...(next === undefined ? [] : [next])].filter(isChanged)
  const own = documents.filter(isChanged).filter(({ generation }) => !(generation <= (page.after ?? 0)))
  const changed = own.slice(0, page.limit)
  const isWhole = next === undefined && changed.length < page.limit
  if (page.tag === undefined) requireGapless(service, page, { newest: first.newest, changed, isWhole })
  return inBudget(service, changed, holdersAmong(service, all.flatMap(withEarlierOnes).flatMap(withHeld)))
}

// One more than the page has, because the state before an entry is in the entry before it.
function pageOf(service: string, { before, after = 0, tag, limit }: ChangesPage): Pipeline {
  const upTo = before === undefined ? {} : { $lt: before }
  const order = { $sort: { generation: -1 } }
  if (tag === undefined) {
    return [{ $match: { service, generation: { $gte: after, ...upTo } } }, order, { $limit: limit + 1 }]
  }
  const ofTag = { service, 'revision.tag': tag, generation: { $gt: after, ...upTo } }
  return [{ $match: ofTag }, order, { $limit: limit }, withPrevious(service)]
}

function withEarlier(service: string): Document {
  const isLater = { $and: [{ $ne: ['$event', 'revision-registered'] }, { $gt: ['$revision.tag', ''] }] }
  const of = { tag: { $cond: [isLater, '$revision.tag', ''] }, at: generationBefore }
  return { $lookup: { ...newestOfTag(service, of, [withHolders(service, ['info', 'registration'])]), as: 'earlier' } }
}

function withPrevious(service: string): Document {
  const isPrevious = { service, $expr: { $eq: ['$generation', '$$at'] } }
  const pipeline = [{ $match: isPrevious }, withHolders(service, ['aliases'])]
  return { $lookup: { from: ENTRIES, let: { at: generationBefore }, pipeline, as: 'previous' } }
}

const generationBefore = { $subtract: ['$generation', 1] }

async function inBudget(service: ServiceId, page: readonly ChangedDocument[], at: Holders): Promise<StoredChange[]> {
  const budget = new PageBudget()
  const changes = await inTurns(page, (document) => {
    const change = toChange(service, document, at)
    return budget.takes(bytesOfChange(change)) ? change : null
  })
  const end = changes.indexOf(null)
  return changes.slice(0, end === -1 ? undefined : end) as StoredChange[]
}

function toChange(service: ServiceId, document: ChangedDocument, at: Holders): StoredChange {
  const { holders: _, previous: __, earlier, ...own } = document
  const { generation } = own
  const open = (of: number) => ({ opened: at(of), holders: at })
  const entry = toEntry(open(generation))
  requireKeys(entry, own as EntryDocument)
  const head = generation === 1 ? emptyHead : toFullHead(open(generation - 1)).head
  if (!changesKnown(entry)) return { entry, before: { head, revision: null } }
  const [last] = earlier
  if (last === undefined) throw damagedEntry({ service, generation })
  return { entry, before: { head, revision: toFullRevision(open(last.generation)) } }
}

/** Whether an entry changes a revision that an earlier one registered. */
function changesKnown(entry: Entry): boolean {
  return isRevisionEntry(entry) && entry.event !== 'revision-registered'
}

function isChanged(document: ChangeDocument): document is ChangedDocument {
  return !('newest' in document)
}

function withEarlierOnes({ earlier, previous = [], ...document }: ChangedDocument): FoundDocument[] {
  return [document as FoundDocument, ...earlier, ...previous]
}

function withHeld({ holders = [], ...document }: FoundDocument): EntryDocument[] {
  return [document as EntryDocument, ...holders]
}

interface Read {
  readonly newest: number
  readonly changed: readonly ChangedDocument[]
  /** Whether the page has all entries that were asked for. */
  readonly isWhole: boolean
}

function requireGapless(
  service: ServiceId,
  { before = Number.POSITIVE_INFINITY, after = 0 }: ChangesPage,
  { newest, changed, isWhole }: Read,
): void {
  // An entry may have been appended since the newest one was read.
  const first = Math.min(before - 1, Math.max(newest, changed[0]?.generation ?? 0))
  const wrong = changed.findIndex(({ generation }, index) => generation !== first - index)
  if (wrong !== -1) throw damagedEntry({ service, generation: first - wrong })
  if (isWhole && first - changed.length > after) throw damagedEntry({ service, generation: first - changed.length })
}
