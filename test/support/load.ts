import type { Answer, Api } from './api.ts'

/** Clients that keep registering, and note what they were told. */
export interface Load {
  /** What was acknowledged: service and tag. */
  readonly acknowledged: readonly { readonly name: string; readonly revision_tag: string }[]
  /** What was answered instead, and how long that took. */
  readonly refusals: readonly { readonly client: number; readonly answer: Answer; readonly ms: number }[]
  /** How many acknowledgements each client has. */
  readonly counts: readonly number[]
  /** Lets each client finish the registration that it is at, then resolves. */
  stop(): Promise<void>
}

/**
 * Starts one client for each of these. Odd ones share the service `shared`, the others have one each. A client that is
 * refused sends the same registration again, until it is acknowledged or the load ends for good.
 */
export function startLoad(apis: readonly Api[], giveUpMs = 60_000): Load {
  const acknowledged: { name: string; revision_tag: string }[] = []
  const refusals: { client: number; answer: Answer; ms: number }[] = []
  const counts = apis.map(() => 0)
  let isStopping = false
  const giveUpAt = performance.now() + giveUpMs
  const run = async (api: Api, client: number) => {
    const name = client % 2 === 1 ? 'shared' : `own-${client}`
    for (let turn = 0; !isStopping; turn++) {
      const revision_tag = `1.${turn}.${client}`
      while (performance.now() < giveUpAt) {
        const start = performance.now()
        const answer = await api.attempt('register', { namespace: 'load', name, revision_tag }).catch(() => undefined)
        // The server is gone: this client's count stands still from here on.
        if (answer === undefined) return
        if (answer.ok) {
          acknowledged.push({ name, revision_tag })
          counts[client] = (counts[client] ?? 0) + 1
          break
        }
        refusals.push({ client, answer, ms: performance.now() - start })
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
  const clients = Promise.all(apis.map(run))
  return {
    acknowledged,
    refusals,
    counts,
    stop: async () => {
      isStopping = true
      await clients
    },
  }
}
