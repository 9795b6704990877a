import type { DatabaseSync } from 'node:sqlite'
import type { Entry } from '../../domain/log.ts'
import type { Form } from '../forms/stored-entry.ts'
import { withDatabase } from './open-file.ts'
import { toColumns } from './rows.ts'
import { inWriteTransaction } from './schema.ts'
import { formOf, tableOf } from './stored-form.ts'

// Below the 5 seconds in which every method of a store answers.
const REWRITE_PATIENCE_MS = 4_000
const PURGE_PATIENCE_MS = 30_000

/** As `RewritableStore.rewrite`, in one transaction. */
export function rewriteRows(path: string, entries: readonly Entry[]): number {
  return withDatabase(path, REWRITE_PATIENCE_MS, (db) => {
    // A checkpoint would wait for the disk. The writer's thread of a server makes them.
    db.exec('PRAGMA wal_autocheckpoint = 0')
    return inWriteTransaction(db, () => rewriteAll(db, formOf(db), entries))
  })
}

function rewriteAll(db: DatabaseSync, form: Form, entries: readonly Entry[]): number {
  const changed = form === 2 ? 'body = ?' : 'body = ?, crc = ?'
  const update = db.prepare(`UPDATE ${tableOf(form)} SET ${changed} WHERE service = ? AND generation = ? AND id = ?`)
  let found = 0
  for (const entry of entries) {
    const { service, generation, id, body, crc } = toColumns(entry, form)
    const values = form === 2 ? [body] : [body, crc]
    found += Number(update.run(...values, service, generation, id).changes)
  }
  return found
}

/**
 * As `RewritableStore.purge`. Pages have remains of entries in their free space. Only a new copy of every page is without
 * them.
 */
export function purgeFile(path: string, patienceMs = PURGE_PATIENCE_MS): readonly string[] {
  return withDatabase(path, patienceMs, (db) => {
    // New pages are filled with zeros first, because a page in memory may have been one with remains.
    db.exec('PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0; VACUUM')
    const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {}
    return busy === 0 ? [] : ['the write-ahead log, because another process reads it; run the command again']
  })
}
