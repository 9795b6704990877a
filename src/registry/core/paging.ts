import { hash } from 'node:crypto'
import { fieldError } from '../../domain/errors.ts'
import type { Caller } from './caller.ts'

/** How many items a page has where the caller doesn't say, and how many at most. */
export const pageSizes = { byDefault: 100, largest: 1000 } as const

const CHECKSUM_LENGTH = 11

/** What a caller asks for of a list. */
export interface PageRequest {
  /** How many items, at most. 0: 100. More than 1000 counts as 1000. */
  readonly pageSize: number
  /** What the page before gave; empty: the first page. */
  readonly pageToken: string
}

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Asks for the next page; empty: there is none. */
  readonly nextPageToken: string
}

/** Some items of a list as they are stored, more of which may not fit the caller's filter. */
export interface Chunk<T, Position> {
  readonly items: readonly T[]
  /** Where the next chunk begins; null: this is the last. */
  readonly next: Position | null
}

/** A list that is read page by page. */
export interface Listing<T, Position> {
  /** What the list is of, and every filter: a token is of no use for another. */
  readonly query: readonly unknown[]
  /** Whether what is in a token is a position of this list. */
  isPosition(value: unknown): value is Position
  /** Reads items behind a position (null: from the start), up to a limit. */
  read(after: Position | null, limit: number): Promise<Chunk<T, Position>>
  /** Where an item is. */
  positionOf(item: T): Position
  /** Whether an item belongs to the list. */
  accepts(item: T): boolean
}

/**
 * A page of a list. A token holds the position of the last item, so that what others write in the meantime makes nothing
 * be skipped or come twice. Looks at some thousand items at most: where few fit, a page may have fewer items than were asked for,
 * even none, and a token all the same (AIP-158). Throws `INVALID_PAGE_SIZE` or `INVALID_PAGE_TOKEN`.
 */
export async function readPage<T, Position>(
  listing: Listing<T, Position>,
  { pageSize, pageToken }: PageRequest,
  { signal }: Pick<Caller, 'signal'>,
): Promise<Page<T>> {
  const size = toPageSize(pageSize)
  const items: T[] = []
  let position = pageToken === '' ? null : parseToken(listing, pageToken)
  // Where few fit the filter, each chunk is larger than the one before.
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
      if (items.length === size) return { items, nextPageToken: formatToken(listing, items.at(-1) as T) }
      items.push(item)
    }
    if (chunk.next === null) return { items, nextPageToken: '' }
    position = chunk.next
    if (items.length === size) break
  }
  return { items, nextPageToken: encode(listing, position) }
}

function toPageSize(given: number): number {
  if (given >= 0) return given === 0 ? pageSizes.byDefault : Math.min(given, pageSizes.largest)
  throw fieldError(
    'INVALID_PAGE_SIZE',
    'page_size',
    `page_size ${given} is not valid: it must be 0 (the default) or more.`,
  )
}

function formatToken<T, Position>(listing: Listing<T, Position>, last: T): string {
  return encode(listing, listing.positionOf(last))
}

// The checksum tells a token from one of another list, and from one that was changed on its way.
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
    'page_token is not one of this list: it must be next_page_token of the page before, asked for with the same filters.',
  )
}

/** Whether a part of a position is a text. */
export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** Whether a part of a position is a whole number. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** Whether a position has two parts. */
export function isPair(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2
}
