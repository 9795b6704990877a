import { createRegistryClient } from '../../src/client/index.ts'
import { type InProcessOptions, startInProcess } from '../support/in-process.ts'
import { sqliteStorage } from '../support/storage.ts'
import { type CliRegistry, fetchRest, programOf } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'
import { runTyped, type Typing } from './typed.ts'

/** A registry for one test file, and the program that calls it, both in this process. */
export interface InProcessRegistry
  extends Pick<CliRegistry, 'url' | 'client' | 'waypost' | 'text' | 'json' | 'rest' | 'stop'> {
  /** Runs `waypost`, as if somebody typed at a terminal. */
  typed(args: readonly string[], typing: Typing): ReturnType<typeof runTyped>
}

export async function startInProcessRegistry(options: InProcessOptions = {}): Promise<InProcessRegistry> {
  const storage = await sqliteStorage()
  const server = await startInProcess(storage, options)
  const env = { WAYPOST_REGISTRY: server.url }
  const waypost = (...args: readonly string[]) => runInProcess(args, env)
  return {
    url: server.url,
    client: createRegistryClient({ baseUrl: server.url }),
    ...programOf(waypost),
    rest: (path) => fetchRest(`${server.url}${path}`),
    typed: (args, typing) => runTyped(args, env, typing),
    stop: async () => {
      await server.close()
      await storage.remove()
    },
  }
}
