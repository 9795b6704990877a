import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'
import type { Storage } from './storage.ts'

/** A row or a document of the log. */
export type RawEntry = Readonly<Record<string, unknown>>

/** The log as it is stored. It is changed behind the back of the stores, as damage would. */
export interface RawLog {
  /** The entries of a service, in the order of their generations. */
  read(service: string): Promise<RawEntry[]>
  insert(entry: RawEntry): Promise<void>
  remove(entry: RawEntry): Promise<void>
  close(): Promise<void>
}

/** Opens the log of a storage that a store has prepared. */
export async function openRawLog({ location }: Pick<Storage, 'location'>): Promise<RawLog> {
  return location.startsWith('sqlite:') ? openRows(location.replace('sqlite:', '')) : openDocuments(location)
}

/** Replaces the entry of a service and a generation. */
export async function replaceRaw(log: RawLog, entry: RawEntry, change: RawEntry): Promise<void> {
  await log.remove(entry)
  await log.insert({ ...entry, ...change })
}

function openRows(path: string): RawLog {
  const db = new DatabaseSync(path)
  return {
    read: async (service) => db.prepare('SELECT * FROM log WHERE service = ? ORDER BY generation').all(service),
    insert: async (entry) => {
      const names = Object.keys(entry)
      const places = names.map(() => '?').join()
      db.prepare(`INSERT INTO log (${names.join()}) VALUES (${places})`).run(...(Object.values(entry) as string[]))
    },
    remove: async ({ service, generation }) => {
      db.prepare('DELETE FROM log WHERE service = ? AND generation = ?').run(String(service), Number(generation))
    },
    close: async () => db.close(),
  }
}

async function openDocuments(location: string): Promise<RawLog> {
  const client = await MongoClient.connect(location)
  const entries = client.db().collection('entries')
  return {
    read: async (service) => entries.find({ service }).sort({ generation: 1 }).toArray(),
    insert: async (entry) => {
      await entries.insertOne({ ...entry })
    },
    remove: async ({ _id }) => {
      await entries.deleteOne({ _id: _id as never })
    },
    close: () => client.close(),
  }
}
