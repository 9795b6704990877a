import type { Bench } from './bench.ts'
import type { LoadTool } from './load-tool.ts'
import { type Request, send } from './request.ts'

/** A GET over REST, and its expected answer. */
export interface ExpectedGet {
  readonly path: string
  readonly body: string
}

const CHECKED_PATHS = 100

/** A measurement of microseconds a GET. The first hundred answers are checked. */
export async function measureGets(bench: Bench, tool: LoadTool, origin: string, gets: readonly ExpectedGet[]) {
  const [first, ...rest] = gets
  if (first === undefined) throw new Error('there is nothing to get')
  for (const get of [first, ...rest.slice(0, CHECKED_PATHS)]) await requireRight(origin, get)
  const request = toRequest(first.path, ...rest.map(({ path }) => path))
  const measure = (seconds: number) => tool.run({ origin, request, seconds, folder: bench.folder })
  return async (seconds: number) => 1_000_000 / (await measure(seconds))
}

/** The answer to a GET over REST. Throws if its status is an error. */
export async function getJson<T>(origin: string, path: string): Promise<T> {
  const { status, body } = await send(origin, toRequest(path))
  if (status !== 200) throw new Error(`${path} answered ${status} ${body}`)
  return JSON.parse(body.toString()) as T
}

async function requireRight(origin: string, { path, body }: ExpectedGet): Promise<void> {
  const answer = await send(origin, toRequest(path))
  if (answer.status !== 200 || answer.body.toString() !== body) {
    throw new Error(`${path} answered ${answer.status} ${answer.body}, not ${body}`)
  }
}

function toRequest(...paths: Request['paths']): Request {
  return { version: 'HTTP/1.1', method: 'GET', paths, headers: {} }
}
