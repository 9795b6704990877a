import type { Revision } from '../../../domain/log.ts'
import type { RevisionTag } from '../../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import { isKeyOf } from '../../../domain/versions/version-key.ts'
import { inTurns } from '../../../turns.ts'
import { damagedEntry, orDamaged } from '../../forms/opened-entry.ts'
import type { RevisionPage, RevisionScan } from '../../store.ts'
import type { EntryDocument, RegistrationKeys } from '../documents.ts'
import { bytesOfFound, type FoundDocument, openFound, toHead, toRevision } from './found-entry.ts'
import { ENTRIES, newestOfTag, withHolders } from './pipelines.ts'
import { toQuery } from './scan-query.ts'
import type { FirstDocuments } from './within-page.ts'

/**
 * A registration of a page, and the newest entry of its tag if it is a later one. The first one comes with the entry of the
 * page.
 */
export interface PagedDocument {
  readonly at?: FoundDocument
  readonly registered?: EntryDocument
  readonly newest?: readonly FoundDocument[]
}

/**
 * Reads the entry of a generation, the registrations up to it, and the newest entries of their tags between the two. Most
 * revisions have none, and the index alone tells so.
 */
export function revisionsPipeline(id: ServiceId, scan: RevisionScan): object[] {
  const service = formatServiceId(id)
  const { generation } = scan
  return [
    { $match: { service, ...(generation !== undefined && { generation }) } },
    { $sort: { generation: -1 } },
    { $limit: 1 },
    { $project: { _id: 0, at: '$$ROOT' } },
    { $lookup: registrations(service, scan) },
    { $unwind: { path: '$registered', includeArrayIndex: 'place', preserveNullAndEmptyArrays: true } },
    {
      $lookup: {
        ...newestOfTag(
          service,
          { tag: '$registered.revision.tag', after: '$registered.generation', at: '$at.generation' },
          [withHolders(service, ['info'])],
        ),
        as: 'newest',
      },
    },
    // The first registration has the place 0. Without registrations, the place is null.
    { $project: { registered: 1, newest: 1, at: { $cond: [{ $gt: ['$place', 0] }, '$$REMOVE', '$at'] } } },
  ]
}

/** About the bytes that a revision of a page takes. */
export function bytesOfPaged({ registered, newest = [] }: PagedDocument): number {
  return bytesOfFound(registered === undefined ? newest : [registered, ...newest])
}

/** Checks and parses a page. Null: the service has no entry. */
export async function toRevisionPage(
  service: ServiceId,
  scan: RevisionScan,
  { documents, isCut }: FirstDocuments<PagedDocument>,
): Promise<RevisionPage | null> {
  const at = documents[0]?.at
  if (at === undefined) return null
  const opened = openFound(service, at)
  const { generation, time } = opened.opened.key
  const page = documents.filter(({ registered }) => registered !== undefined)
  const last = page.length < scan.limit && !isCut ? undefined : page.at(-1)?.registered
  return {
    ...{ generation, time, head: toHead(opened), hash: opened.opened.hash, lookedAt: page.length },
    revisions: (await inTurns(page, (document) => toRegistered(service, document))).flat(),
    last: last === undefined ? null : toPlace(keysOf(service, last)),
  }
}

function registrations(service: string, scan: RevisionScan) {
  const { filter, sort } = toQuery(service, scan)
  const upTo = {
    service,
    'registration.ordinal': { $exists: true },
    $expr: { $lte: ['$registration.ordinal', '$$at'] },
  }
  return {
    from: ENTRIES,
    let: { at: '$at.generation' },
    pipeline: [{ $match: { $and: [...filter, upTo] } }, { $sort: sort }, { $limit: scan.limit }],
    as: 'registered',
  }
}

// None if the tag was deleted, or registered again after that: then its newer registration finds it.
function toRegistered(service: ServiceId, { registered, newest = [] }: PagedDocument): Revision[] {
  const registering = registered as EntryDocument
  const { registration } = keysOf(service, registering)
  const { ordinal } = registration
  const [document = registering] = newest
  const revision = toRevision(openFound(service, document))
  if (revision?.ordinal !== ordinal) return []
  const isSame =
    revision.registeredAt === registration.at.getTime() && isKeyOf(revision.revisionTag, registration.version)
  if (!isSame) throw damagedEntry({ service, generation: ordinal })
  return revision.lifecycle.isDeleted ? [] : [revision]
}

// An index finds only documents with these keys, but a damaged key may have another type.
function keysOf(service: ServiceId, { generation, registration, revision }: EntryDocument) {
  return orDamaged({ service, generation }, () => {
    const isSound = registration?.at instanceof Date && registration.ordinal === generation && revision !== undefined
    if (!isSound) throw new TypeError('the search keys are damaged')
    return { tag: revision.tag as RevisionTag, registration }
  })
}

interface Registered {
  readonly tag: RevisionTag
  readonly registration: RegistrationKeys
}

function toPlace({ tag: revisionTag, registration }: Registered): NonNullable<RevisionPage['last']> {
  return { revisionTag, registeredAt: registration.at.getTime(), ordinal: registration.ordinal }
}
