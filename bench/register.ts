import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { anonymous } from '../src/domain/access/principal.ts'
import { registrationEntry } from '../src/domain/entries/new-entry.ts'
import { parseSruid } from '../src/domain/sruid.ts'
import { newId, newSalt } from '../src/identifiers.ts'
import { toColumns } from '../src/store/sqlite/rows.ts'
import { prepareSchema } from '../src/store/sqlite/schema.ts'
import { tableOf } from '../src/store/sqlite/stored-form.ts'
import { postAll } from './autocannon.ts'
import { type Bench, compare, type Row } from './bench.ts'
import { startWaypost } from './servers.ts'
import { requireStored } from './stored.ts'

const BODY = '{"revision_tag": "1.0.0"}'

// Enough registrations to estimate the number a second.
const FIRST_AMOUNT = 2_000

/** Durable registrations of distinct services, beside single commits of SQLite on the same disk. */
export async function register(bench: Bench): Promise<Row[]> {
  bench.say('Register, 32 clients')
  const path = join(bench.folder, 'register.db')
  using reference = openReference(join(bench.folder, 'commits.db'))
  let acknowledged = 0
  let rate = 0
  const post = async (origin: string, amount: number) => {
    rate = await postAll({ origin, amount, body: BODY, nextPath: () => `/services/bench/service-${acknowledged++}` })
    return rate
  }
  await using waypost = await startWaypost(path)
  await post(waypost.origin, FIRST_AMOUNT)
  const comparison = await compare(bench, {
    ours: (seconds) => post(waypost.origin, Math.ceil(rate * seconds)),
    reference: async (seconds) => reference.commitFor(seconds),
  })
  requireStored(path, acknowledged)
  return [
    {
      name: 'Register, durable, 32 clients, REST',
      unit: 'a second',
      against: 'SQLite, one commit after another',
      ...comparison,
    },
  ]
}

/** The same table, settings and rows as the registry's, with one insert in each transaction. */
function openReference(path: string) {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
  prepareSchema(db)
  const { service: _, ...columns } = toColumns(firstEntry(), 3)
  const names = ['service', ...Object.keys(columns)]
  const insert = db.prepare(`INSERT INTO ${tableOf(3)} (${names}) VALUES (${names.map(() => '?')})`)
  const values = Object.values(columns)
  let count = 0
  return {
    commitFor: (seconds: number) => {
      const before = count
      const start = performance.now()
      while (performance.now() - start < seconds * 1000) insert.run(`bench/service-${count++}`, ...values)
      return ((count - before) / (performance.now() - start)) * 1000
    },
    [Symbol.dispose]: () => db.close(),
  }
}

function firstEntry() {
  const writer = { id: newId(), principal: anonymous, salt: newSalt(), now: Date.now() }
  const sruid = parseSruid('bench/service:1.0.0')
  return registrationEntry(null, { ...writer, sruid, requestedDefault: null, becomesDefault: true })
}
