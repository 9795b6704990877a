import { Agent, request } from 'node:http'

/** Clients that post one request after another. */
export interface Posting {
  /** The servers. Client number i sends to server i modulo their number. */
  readonly origins: readonly [string, ...string[]]
  readonly clients: number
  readonly seconds: number
  /** Returns the next request. Called once for each. */
  readonly next: () => { readonly path: string; readonly body: string }
}

/** The outcome of posting. */
export interface Posted {
  /** The answers. */
  readonly count: number
  /** The answers a second. */
  readonly rate: number
  /** The time within which 99 % of the answers came, in milliseconds. */
  readonly p99Ms: number
}

/** Posts JSON over connections that stay open. Rejects if an answer is not a 201. */
export async function keepPosting({ origins, clients, seconds, next }: Posting): Promise<Posted> {
  const agent = new Agent({ keepAlive: true })
  const times: number[] = []
  const start = performance.now()
  const client = async (number: number) => {
    const origin = origins[number % origins.length] ?? origins[0]
    while (performance.now() - start < seconds * 1000) {
      const before = performance.now()
      await post(agent, origin, next())
      times.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  const elapsed = (performance.now() - start) / 1000
  agent.destroy()
  const sorted = times.toSorted((a, b) => a - b)
  return { count: times.length, rate: times.length / elapsed, p99Ms: sorted[Math.floor(times.length * 0.99)] ?? 0 }
}

function post(agent: Agent, origin: string, { path, body }: ReturnType<Posting['next']>): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(origin + path, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 201) resolve()
        else reject(new Error(`a registration answered ${response.statusCode}`))
      })
    })
    sent.once('error', reject).end(body)
  })
}
