import { join } from 'node:path'
import type { Bench, Row } from '../bench.ts'
import { fill } from '../fill.ts'
import { loadTool } from '../load.ts'
import type { LoadTool } from '../load-tool.ts'
import { startWaypost } from '../servers.ts'
import { getsOfPast, millionChanges } from './million-changes.ts'
import { historyOnMongo } from './mongodb.ts'
import { compareChangePages, comparePast } from './past.ts'

/** The history of a service with a million changes: its pages, and Gets of its past. */
export async function history(bench: Bench): Promise<Row[]> {
  const tool = loadTool('HTTP/1.1')
  if (tool === undefined) throw new Error('there is no load tool for HTTP/1.1')
  return [...(await historyOnSqlite(bench, tool)), ...(await historyOnMongo(bench))]
}

async function historyOnSqlite(bench: Bench, tool: LoadTool): Promise<Row[]> {
  bench.say('Filling: one service with 1,000,000 changes')
  const path = join(bench.folder, 'million-changes.db')
  const shape = millionChanges()
  await fill(path, shape)
  await using waypost = await startWaypost(path)
  const { origin } = waypost
  const { byGeneration, byTime, byTag } = getsOfPast(shape.since)
  const pastOf = (how: string, gets: typeof byTag) => ({
    name: `Get at a ${how}, 1,000,000 changes`,
    origin,
    gets,
    byTag,
  })
  return [
    await compareChangePages(bench, tool, origin),
    await comparePast(bench, tool, pastOf('generation', byGeneration)),
    await comparePast(bench, tool, pastOf('time', byTime)),
  ]
}
