import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fill, revisionsOf, type Shape, serviceName, tagOf } from './fill.ts'
import { send } from './request.ts'
import { startWaypost } from './servers.ts'

const SMALL: Shape = { services: 2, revisionsEach: 5 }

/** Throws if a filled file differs from the file of a server with the same registrations, except in ids and times. */
export async function checkFill(folder: string): Promise<void> {
  const filled = join(folder, 'filled.db')
  const registered = join(folder, 'registered.db')
  await fill(filled, SMALL)
  await registerAll(registered, SMALL)
  const [actual, expected] = [rowsOf(filled), rowsOf(registered)]
  if (actual !== expected) throw new Error(`filling wrote ${actual}, registering ${expected}`)
}

async function registerAll(path: string, shape: Shape): Promise<void> {
  await using waypost = await startWaypost(path)
  for (const { service, revision } of revisionsOf(shape)) {
    const { status } = await send(waypost.origin, {
      version: 'HTTP/1.1',
      method: 'POST',
      paths: [`/services/bench/${serviceName(service)}`],
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ revision_tag: tagOf(revision) })),
    })
    if (status !== 201) throw new Error(`registering answered ${status}`)
  }
}

function rowsOf(path: string): string {
  using db = new DatabaseSync(path, { readOnly: true })
  const schema = db.prepare('SELECT sql FROM sqlite_schema ORDER BY name').all()
  const rows = db
    .prepare(
      'SELECT rowid, service, generation, tag, body, version, release, request, typeof(id), typeof(time), typeof(registered_at), typeof(crc) FROM log',
    )
    .all()
  return JSON.stringify([schema, rows]).replaceAll(/((?:registeredAt|time)\\":)\d+/g, '$1…')
}
