import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endsTogether } from '../../test/support/ends-together.ts'
import { type Bench, besideLimit, type Measure, measureInTurn, type Row } from '../bench.ts'
import { registerTheRevision } from '../get-cases.ts'
import { startWaypost } from '../servers.ts'
import type { SdkTask } from './sdk-client.ts'

const SDK_CLIENT = fileURLToPath(new URL('sdk-client.ts', import.meta.url))

/** Calls of one client of the SDK in its own process, and calls that its cache answers. */
export async function sdk(bench: Bench): Promise<Row[]> {
  bench.say('Get with the SDK')
  await using waypost = await startWaypost(join(bench.folder, 'sdk.db'))
  const { origin } = waypost
  await registerTheRevision(origin)
  await using many = await startSdkClient({ origin, inFlight: 64, isCached: false })
  await using one = await startSdkClient({ origin, inFlight: 1, isCached: false })
  await using cached = await startSdkClient({ origin, inFlight: 1, isCached: true })
  const rounds = await measureInTurn(bench, {
    many: many.measure,
    one: one.measure,
    cached: async (seconds) => 1_000_000 / (await cached.measure(seconds)),
  })
  const values = (side: 'many' | 'one' | 'cached') => rounds.map((round) => round[side])
  return [
    besideLimit({ name: 'SDK Get, 64 in flight', unit: 'a second', ours: values('many') }),
    besideLimit({ name: 'SDK Get, one at a time', unit: 'a second', ours: values('one') }),
    besideLimit({ name: 'SDK Get from its cache', unit: 'µs', ours: values('cached') }),
  ]
}

async function startSdkClient(task: SdkTask): Promise<AsyncDisposable & { readonly measure: Measure }> {
  const child = endsTogether(fork(SDK_CLIENT))
  const closed = once(child, 'close')
  const failed = closed.then(([code]) => {
    throw new Error(`the client of the SDK ended with ${code}`)
  })
  failed.catch(() => {})
  const ask = async (message: SdkTask | number): Promise<unknown> => {
    child.send(message)
    const [answer] = await Promise.race([once(child, 'message'), failed])
    return answer
  }
  await ask(task)
  return {
    measure: async (seconds) => Number(await ask(seconds)),
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await closed
    },
  }
}
