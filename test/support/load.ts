import type { Answer, Api } from './api.ts'

/** Clients that register revisions without a pause, and keep the answers. */
export interface Load {
  /** The acknowledged revisions. */
  readonly acknowledged: readonly { readonly name: string; readonly revision_tag: string }[]
  /** The refusals, with the time that each answer took. */
  readonly refusals: readonly { readonly client: number; readonly answer: Answer; readonly ms: number }[]
  /** The number of acknowledged registrations of each client. */
  readonly counts: readonly number[]
  /** Lets each client finish its current registration, then resolves. */
  stop(): Promise<void>
}

/**
 * Starts one client for each API. Clients with an odd number share the service `shared`, each of the others has a
 * service to itself. A client that is refused sends the same registration again until it is acknowledged or `giveUpMs`
 * are over.
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
        // The server is gone, so this client ends.
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
