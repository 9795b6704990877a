import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const PAGE = 4096
const TABLE_LEAF = 0x0d

/** Changes a letter of the first service in the index of registrations, in a file that no store has open. */
export function damageIndex(path: string): void {
  changePage(path, rootOf(path, 'entries_by_registration'), (page) => page.write('x', page.indexOf('my-org')))
}

/** Makes the index of services and generations unreadable, in a file that no store has open. */
export function damageUniqueIndex(path: string): void {
  changePage(path, rootOf(path, 'sqlite_autoindex_log_1'), (page) => page.fill(0, 0, 1))
}

/** Makes a page unreadable that has some, but not all rows of the log, in a file that no store has open. */
export function damagePage(path: string): void {
  const bytes = readFileSync(path)
  const hasRows = (index: number) => bytes[index * PAGE] === TABLE_LEAF && pageOf(bytes, index).includes('alias-set')
  const index = Array.from({ length: bytes.length / PAGE }, (_, each) => each).find(hasRows)
  if (index === undefined) throw new Error('no page has rows of the log')
  changePage(path, index, (page) => page.fill(0, 0, 1))
}

/** Makes all pages unreadable except the first, which describes the tables, in a file that no store has open. */
export function damageEveryPage(path: string): void {
  const bytes = readFileSync(path)
  for (let index = 1; index < bytes.length / PAGE; index++) pageOf(bytes, index).fill(0, 0, 1)
  writeFileSync(path, bytes)
}

function rootOf(path: string, index: string): number {
  const db = new DatabaseSync(path)
  const row = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(index)
  db.close()
  return Number(row?.rootpage) - 1
}

function changePage(path: string, index: number, change: (page: Buffer) => void): void {
  const bytes = readFileSync(path)
  change(pageOf(bytes, index))
  writeFileSync(path, bytes)
}

function pageOf(bytes: Buffer, index: number): Buffer {
  return bytes.subarray(index * PAGE, (index + 1) * PAGE)
}
