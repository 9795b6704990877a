import { setTimeout } from 'node:timers/promises'
import { getCases } from '../get-cases.ts'
import { loadTool } from '../load.ts'
import { startAttack } from '../speed/rapid-reset.ts'
import { overGrpc, overRest, Registrar, type Registration } from '../speed/registrations.ts'

interface Target {
  readonly origin: string
  readonly folder: string
  readonly seconds: number
}

/** A load that a server can be profiled under. Resolves with the answers a second. */
type ProfiledLoad = (target: Target) => Promise<number>

/** The loads by their name in `npm run profile`. */
export const loads: Readonly<Record<string, ProfiledLoad>> = {
  ...Object.fromEntries(Object.entries(getCases).map(([name, { request }]) => [name, getting(request)])),
  register: registering(overGrpc),
  'register-rest': registering(overRest),
  'rapid-reset': resetting,
}

function getting(request: (typeof getCases)[keyof typeof getCases]['request']): ProfiledLoad {
  return async (target) => {
    const tool = loadTool(request.version)
    if (tool === undefined) throw new Error('h2load is not installed; install the Debian package nghttp2-client.')
    return tool.run({ ...target, request })
  }
}

function registering(registration: Registration): ProfiledLoad {
  return async ({ origin, seconds }) => {
    using registrar = await Registrar.open(origin)
    // Without `await`, the client would be closed now.
    return await registrar.registerFor(seconds, registration)
  }
}

async function resetting({ origin, seconds }: Target): Promise<number> {
  const attack = await startAttack(origin)
  await setTimeout(seconds * 1_000)
  return (await attack.stop()) / seconds
}
