import { hash } from 'node:crypto'
import { PageBudget } from '../../domain/entries/page-budget.ts'
import { fieldError } from '../../domain/errors.ts'
import type { Caller } from './caller.ts'

/** The numbers of items on a page: the default, and the most. */
export const pageSizes = { byDefault: 100, largest: 1000 } as const

const CHECKSUM_LENGTH = 11

/** More than the token and the frame of a list take in an answer. */
const FRAME_BYTES = 4_096

/** A request for a page of a list. */
export interface PageRequest {
  /** The most items on the page. 0 means 100. More than 1000 means 1000. */
  readonly pageSize: number
  /** The token from the previous page. Empty: the first page. */
  readonly pageToken: string
}

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[]
  /** The token for the next page. Empty on the last page. */
  readonly nextPageToken: string
}

/** Some stored items of a list, before the caller's filter. */
export interface Chunk<T, Position> {
  readonly items: readonly T[]
  /** Whether it has fewer items than the limit because they are large. */
  readonly isCut?: boolean
  /** The position where the next chunk begins. Null: this chunk is the last. */
  readonly next: Position | null
}

/** A list that can be read page by page. */
export interface Listing<T, Position> {
  /** The subject of the list and all its filters. A token is valid only for the query that returned it. */
  readonly query: readonly unknown[]
  /** Whether the value from a token is a position in this list. */
  isPosition(value: unknown): value is Position
  /** Reads up to `limit` items after a position. Null: from the start. */
  read(after: Position | null, limit: number): Promise<Chunk<T, Position>>
  /** At least the bytes that an item takes in an answer. */
  bytesOf(item: T): number
  /** The position of an item. */
  positionOf(item: T): Position
  /** Whether an item fits the caller's filter. */
  accepts(item: T): boolean
}

/**
 * Reads a page of a list. A token contains the position of the last item. Changes between two pages therefore neither
 * skip nor repeat other items. A page has at most 3 MiB in an answer, but at least one item. A call reads a few thousand
 * items at most, or about 6 MiB. If few of them fit the filter, the page may have fewer items than requested, or none, and
 * still a token (AIP-158). Throws `INVALID_PAGE_SIZE` or
 * `INVALID_PAGE_TOKEN`.
 */
export async function readPage<T, Position>(
  listing: Listing<T, Position>,
  { pageSize, pageToken }: PageRequest,
  { signal }: Pick<Caller, 'signal'>,
): Promise<Page<T>> {
  const size = toPageSize(pageSize)
  const items: T[] = []
  const budget = new PageBudget(FRAME_BYTES)
  let position = pageToken === '' ? null : parseToken(listing, pageToken)
  // If few items fit the filter, each chunk is larger than the one before.
  for (
    let [lookedAt, limit] = [0, size];
    lookedAt < pageSizes.largest;
    limit = Math.min(limit * 4, pageSizes.largest)
  ) {
    signal.throwIfAborted()
    const chunk = await listing.read(position, limit)
    lookedAt += limit
    for (const item of chunk.items) {
      if (!listing.accepts(item)) continue
      if (items.length === size || !budget.takes(listing.bytesOf(item))) {
        return { items, nextPageToken: formatToken(listing, items.at(-1) as T) }
      }
      items.push(item)
    }
    if (chunk.next === null) return { items, nextPageToken: '' }
    position = chunk.next
    // The bytes that a call reads are bounded, too.
    if (items.length === size || chunk.isCut) break
  }
  return { items, nextPageToken: encode(listing, position) }
}

function toPageSize(given: number): number {
  if (given >= 0) return given === 0 ? pageSizes.byDefault : Math.min(given, pageSizes.largest)
  throw fieldError('INVALID_PAGE_SIZE', 'page_size', `page_size ${given} is not valid; use 0 (the default) or more.`)
}

function formatToken<T, Position>(listing: Listing<T, Position>, last: T): string {
  return encode(listing, listing.positionOf(last))
}

// The checksum shows that a token belongs to another list or was changed by the caller.
function encode<T, Position>({ query }: Listing<T, Position>, position: Position | null): string {
  const checksum = hash('sha256', JSON.stringify([query, position]), 'base64url').slice(0, CHECKSUM_LENGTH)
  return Buffer.from(JSON.stringify([position, checksum])).toString('base64url')
}

function parseToken<T, Position>(listing: Listing<T, Position>, token: string): Position {
  const [position] = decode(token)
  if (listing.isPosition(position) && encode(listing, position) === token) return position
  throw invalidToken()
}

function decode(token: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Array.isArray(value)) return value
  } catch {}
  throw invalidToken()
}

function invalidToken() {
  return fieldError(
    'INVALID_PAGE_TOKEN',
    'page_token',
    'page_token does not belong to this list; use next_page_token of the previous page, with the same filters.',
  )
}

/** Whether a part of a position is a string. */
export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** Whether a part of a position is a whole number. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
