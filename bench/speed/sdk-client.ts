import { once } from 'node:events'
import { createRegistryClient } from '../../src/client/index.ts'

/** The task of a process that uses the SDK. */
export interface SdkTask {
  readonly origin: string
  readonly inFlight: number
  readonly isCached: boolean
}

const SERVICE = 'my-org/my-service'

// The program that `startSdkClient` forks. It receives the task and then times in seconds, and answers each of these with
// the Gets a second.
const [{ origin, inFlight, isCached }] = (await once(process, 'message')) as [SdkTask]
const client = createRegistryClient({ baseUrl: origin, ...(isCached && { cache: { maxAge: 3_600_000 } }) })
process.on('message', async (seconds: number) => process.send?.(await measure(seconds)))
process.once('disconnect', () => process.exit())
process.send?.('ready')

async function measure(seconds: number): Promise<number> {
  let count = 0
  const start = performance.now()
  const caller = async () => {
    for (; performance.now() - start < seconds * 1_000; count++) {
      const { revisionTag } = await client.get(SERVICE)
      if (revisionTag !== '1.2.9') throw new Error(`the SDK answered ${revisionTag}`)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
  return count / ((performance.now() - start) / 1_000)
}
