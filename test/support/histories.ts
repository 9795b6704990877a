import { DatabaseSync } from 'node:sqlite'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import { Log } from '../../src/store/contract/log.ts'
import { finishUpgrade } from '../../src/store/sqlite/schema.ts'
import type { Store } from '../../src/store/store.ts'
import { randomFrom } from '../fuzz/random.ts'
import { apis } from './api.ts'
import { startInProcess } from './in-process.ts'
import { makeChanges } from './random-changes.ts'
import type { Storage } from './storage.ts'

/** A principal whose texts have characters of every length, and whose claims have every type of JSON. */
export const principal = {
  name: 'Zoë 🚀',
  issuer: 'https://issuer.example',
  subject: 'user/𝒳',
  claims: { '\u{1F680}': 1e21, '\uFB33': [1.5, 1e-7, -0.25, true, null], aud: { b: 'x', a: '\u2028"\\\u007F' } },
}

/** Makes random changes of a service, by a server over the storage. */
export async function changeOverApi(storage: Storage, name: string, count: number): Promise<void> {
  const server = await startInProcess(storage)
  const api = apis.Connect(server.url)
  try {
    const service = { namespace: 'my-org', name }
    await makeChanges({ api, service, random: randomFrom(count) }, count)
  } finally {
    api.close()
    await server.close()
  }
}

/** Appends entries of principals whose identity is verified, and of an import. */
export async function appendVerified(store: Store, name: string): Promise<Log> {
  const log = verifiedLog(name)
  await store.appendAll(log.entries)
  return log
}

/** The entries of principals whose identity is verified, and of an import. */
export function verifiedLog(name: string): Log {
  const { service } = parseServiceReference(`my-org/${name}`)
  const request = { id: 'request-1', fingerprint: 'f' }
  return new Log([], service)
    .register('1.0.0', { principal, request, salt: 'pepper' })
    .setAlias('beta', '1.0.0')
    .setAlias('next')
    .register('1.1.0', { kind: 'import', registeredAt: 1_000, registeredBy: 'Ærøskøbing', becomesDefault: false })
    .yankAndMove('1.1.0', 'next', '1.0.0')
    .clearDefault()
    .register('1.2.0', { principal, becomesDefault: false })
}

/** Makes an empty SQLite file that is written in form 2, as versions before form 3 made it. */
export function makeForm2File(storage: Storage): void {
  inFile(storage, (db) => {
    db.exec(`
      CREATE TABLE entries (service TEXT NOT NULL, generation INTEGER NOT NULL, id TEXT NOT NULL, tag TEXT NOT NULL,
        time INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (service, generation)) STRICT;
      CREATE INDEX entries_by_tag ON entries (service, tag, generation);
      PRAGMA user_version = 1`)
  })
}

/** Finishes the upgrade of a SQLite file. */
export function finishUpgradeOfFile(storage: Storage): void {
  inFile(storage, (db) => finishUpgrade(db))
}

function inFile(storage: Storage, use: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(storage.location.replace('sqlite:', ''))
  try {
    use(db)
  } finally {
    db.close()
  }
}
