import { crc32 } from 'node:zlib'
import { formatServiceId } from '../../domain/sruid.ts'
import type { EntryKey } from './opened-entry.ts'

/**
 * The CRC-32 of an entry as a store keeps it, except its search keys, which can be computed from it. Each part ends with
 * a character that none of them contains.
 */
export function checksum({ service, generation, id, tag, time }: EntryKey, body: string): number {
  return crc32(`${formatServiceId(service)}\0${generation}\0${id}\0${tag}\0${time}\0${body}`)
}
