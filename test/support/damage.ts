import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'

const SERVICE = 'my-org/my-service'

/** Changes one byte of the body of an entry of `my-org/my-service` in a SQLite file. */
export async function damageRow(path: string, generation: number): Promise<void> {
  const db = new DatabaseSync(path)
  const { body } =
    db.prepare('SELECT body FROM log WHERE service = ? AND generation = ?').get(SERVICE, generation) ?? {}
  const update = db.prepare('UPDATE log SET body = ? WHERE service = ? AND generation = ?')
  update.run(changed(String(body)), SERVICE, generation)
  db.close()
}

/** Changes one byte of the body of an entry of `my-org/my-service` in a MongoDB database. */
export async function damageDocument(location: string, generation: number): Promise<void> {
  const client = await MongoClient.connect(location)
  const entries = client.db().collection<{ service: string; generation: number; body: string }>('entries')
  const { body } = (await entries.findOne({ service: SERVICE, generation })) ?? { body: '' }
  await entries.updateOne({ service: SERVICE, generation }, { $set: { body: changed(body) } })
  await client.close()
}

// The body is still JSON, so only its checksum tells.
function changed(body: string): string {
  const at = body.lastIndexOf('"') - 1
  return `${body.slice(0, at)}${body[at] === 'A' ? 'B' : 'A'}${body.slice(at + 1)}`
}
