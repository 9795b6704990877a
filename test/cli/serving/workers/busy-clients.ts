import { Agent, request } from 'node:http'

/** Clients that look up a service without a pause. */
export interface BusyClients {
  /** The number of answers with the status 200 so far. */
  readonly answered: number
  /** The failures so far: a code of Node, such as `ECONNRESET`, or a status. */
  readonly failures: readonly string[]
  stop(): Promise<void>
}

export interface BusyOptions {
  readonly url: string
  readonly clients: number
  /** Whether a client makes all its calls over one connection, or each over a new one. */
  readonly keepsConnections: boolean
}

/** A call that takes longer hangs. */
const HANGS_MS = 10_000

/** Starts clients that ask for a path over HTTP/1.1. */
export function startBusyClients({ url, clients, keepsConnections }: BusyOptions): BusyClients {
  const state = { answered: 0, failures: [] as string[], isStopping: false }
  const run = async () => {
    const agent = new Agent({ keepAlive: keepsConnections, maxSockets: 1 })
    while (!state.isStopping) {
      const outcome = await call(url, agent)
      if (outcome === '200') state.answered++
      else state.failures.push(outcome)
    }
    agent.destroy()
  }
  const all = Promise.all(Array.from({ length: clients }, run))
  return {
    get answered() {
      return state.answered
    },
    failures: state.failures,
    stop: async () => {
      state.isStopping = true
      await all
    },
  }
}

function call(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(url, { agent, timeout: HANGS_MS }, (response) => {
      response
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
        .on('end', () => resolve(`${response.statusCode}`))
        .resume()
    })
    sent
      .on('timeout', () => sent.destroy(Object.assign(new Error('it hangs'), { code: 'HANGS' })))
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end()
  })
}
