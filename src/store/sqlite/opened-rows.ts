import type { ServiceId } from '../../domain/sruid.ts'
import type { OpenedEntry } from '../forms/opened-entry.ts'
import { openRow, type Row } from './rows.ts'

/** The most rows to remember, and the most characters of the body of each. Together they take a few MiB. */
const SLOTS = 1_024
const MAX_BODY = 2_048

interface OpenedRow {
  readonly row: Row
  readonly opened: OpenedEntry
}

/**
 * Opens rows. A row with the same bytes as one that was opened lately is neither checked nor parsed again, so a service
 * that is asked for often is read faster. Each row has one slot. It gets the slot when it is opened twice in turn: if
 * each row were remembered at once, reads of many services would replace each other's rows for nothing.
 */
export class OpenedRows {
  readonly #slots: (OpenedRow | undefined)[] = new Array(SLOTS).fill(undefined)
  readonly #lastHashes = new Int32Array(SLOTS)

  /** As `openRow`. */
  open(service: ServiceId, row: Row): OpenedEntry {
    const hash = hashOf(row.id)
    const slot = hash & (SLOTS - 1)
    const known = this.#slots[slot]
    if (known !== undefined && isSame(known, service, row)) return known.opened
    const opened = openRow(service, row)
    if (this.#lastHashes[slot] === hash && row.body.length <= MAX_BODY) this.#slots[slot] = { row, opened }
    this.#lastHashes[slot] = hash
    return opened
  }
}

// The last characters of an id are random.
function hashOf(id: string): number {
  let hash = 0
  for (let at = Math.max(0, id.length - 8); at < id.length; at++) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) | 0
  return hash
}

// All bytes that the checksum covers, and the checksum.
function isSame({ row: known, opened }: OpenedRow, service: ServiceId, row: Row): boolean {
  return (
    known.id === row.id &&
    known.body === row.body &&
    known.crc === row.crc &&
    known.generation === row.generation &&
    known.tag === row.tag &&
    known.time === row.time &&
    opened.key.service.name === service.name &&
    opened.key.service.namespace === service.namespace
  )
}
