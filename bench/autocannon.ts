import { createRequire } from 'node:module'
import type { Load, LoadTool } from './load-tool.ts'

const CLIENTS = 32

interface Result {
  readonly duration: number
  readonly '2xx': number
  readonly non2xx: number
  readonly errors: number
  readonly timeouts: number
}

interface Call {
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly setupRequest?: (call: Call) => Call
}

interface Options {
  readonly url: string
  readonly connections: number
  readonly duration?: number
  readonly amount?: number
  readonly requests: readonly Call[]
}

type Instance = Promise<Result> & { on(event: 'response', listener: (client: unknown, status: number) => void): void }

// The package contains no types.
const runAutocannon = createRequire(import.meta.url)('autocannon') as (options: Options) => Instance

/** autocannon, which npm installs. It is slower than wrk, so a fast server looks slower than it is. */
export const autocannon: LoadTool = {
  name: `autocannon, ${CLIENTS} connections`,
  run: async ({ origin, request, seconds }: Load) => {
    const { method, headers, body, paths } = request
    let sent = 0
    const takeTurns = (call: Call) => ({ ...call, path: paths[sent++ % paths.length] ?? paths[0] })
    // If every request were built anew, this tool would send half as many.
    const setupRequest = paths.length > 1 ? { setupRequest: takeTurns } : {}
    const call = { method, headers, body: body?.toString(), path: paths[0], ...setupRequest }
    const result = await runAutocannon({ url: origin, connections: CLIENTS, duration: seconds, requests: [call] })
    refuseErrors(result)
    return result['2xx'] / result.duration
  },
}

export interface Posts {
  readonly origin: string
  /** The number of requests. Each client sends its next one after the answer to the previous one. */
  readonly amount: number
  readonly body: string
  /** Called once for each request. */
  readonly nextPath: () => string
}

/** Posts JSON from 32 clients, and waits for every answer. Resolves with the answers a second. Each must be a 201. */
export async function postAll({ origin, amount, body, nextPath }: Posts): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const call = {
    method: 'POST',
    headers,
    body,
    path: '/',
    setupRequest: (made: Call) => ({ ...made, path: nextPath() }),
  }
  const statuses: number[] = []
  const start = performance.now()
  let end = start
  const instance = runAutocannon({ url: origin, connections: CLIENTS, amount, requests: [call] })
  instance.on('response', (_client, status) => {
    statuses.push(status)
    end = performance.now()
  })
  refuseErrors(await instance)
  const created = statuses.filter((status) => status === 201).length
  if (created !== amount) throw new Error(`${created} of ${amount} registrations were acknowledged with 201`)
  return (amount / (end - start)) * 1000
}

function refuseErrors({ non2xx, errors, timeouts, '2xx': answered }: Result): void {
  if (non2xx + errors + timeouts === 0 && answered > 0) return
  throw new Error(`autocannon: ${answered} answers, ${non2xx} non-2xx, ${errors} errors, ${timeouts} timeouts`)
}
