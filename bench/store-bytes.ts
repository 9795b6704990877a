import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill, type Shape } from './fill.ts'
import { fillMongo, startDeployment } from './mongodb/deployment.ts'

// Prints the size of a store with a million registrations without information, from one with 100,000.
const SHAPE: Shape = { services: 10_000, revisionsEach: 10 }
const ENTRIES = SHAPE.services * SHAPE.revisionsEach

console.log(`SQLite: the file ${perMillion(await sqliteBytes())}`)
await printMongo()

async function sqliteBytes(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bytes-'))
  try {
    const path = join(folder, 'waypost.db')
    await fill(path, SHAPE)
    return statSync(path).size
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function printMongo(): Promise<void> {
  const deployment = await startDeployment('single server')
  if ('unavailable' in deployment) {
    console.log(deployment.unavailable)
    return
  }
  await using running = deployment
  const { client, location } = running
  await fillMongo(location, SHAPE)
  // The sizes are those of the last checkpoint.
  await client.db('admin').command({ fsync: 1 })
  const { size, storageSize, totalIndexSize } = await client.db().command({ collStats: 'entries' })
  console.log(
    `MongoDB: the documents ${perMillion(size)}, compressed ${perMillion(storageSize)}, the indexes ${perMillion(totalIndexSize)}`,
  )
}

function perMillion(bytes: number): string {
  return `${Math.round(bytes / ENTRIES)} MB`
}
