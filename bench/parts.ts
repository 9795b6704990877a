import { access } from './access.ts'
import type { Bench, Row } from './bench.ts'
import { choosing } from './choosing.ts'
import { commandLine } from './cli.ts'
import { getOverProtocols } from './get-over-protocols.ts'
import { growth } from './growth.ts'
import { history } from './history/main.ts'
import { importing } from './import.ts'
import { mongodb } from './mongodb/main.ts'
import { register } from './register.ts'
import { registerBesideEtcd } from './register-beside-etcd.ts'
import { slowDisk } from './slow-disk.ts'
import { metrics, refusals, tokens, twoWorkers } from './speed/beside-itself.ts'
import { heap } from './speed/heap.ts'
import { latency } from './speed/latency.ts'
import { manyServices } from './speed/many-services.ts'
import { rapidReset } from './speed/rapid-reset.ts'
import { registerOverGrpc } from './speed/register-over-grpc.ts'
import { sdk } from './speed/sdk.ts'
import { targetingKeys } from './speed/targeting-keys.ts'
import { tenMillion } from './ten-million.ts'
import { worstRequests } from './worst-requests.ts'

/** The parts of a run, by their name in `--only`. */
export const parts: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  get: getOverProtocols,
  'register-grpc': registerOverGrpc,
  latency,
  'rapid-reset': rapidReset,
  sdk,
  workers: twoWorkers,
  'many-services': manyServices,
  metrics,
  tokens,
  refusals,
  rollouts: targetingKeys,
  access,
  heap,
  register,
  etcd: registerBesideEtcd,
  'slow-disk': slowDisk,
  growth,
  'ten-million': tenMillion,
  choosing,
  history,
  cli: commandLine,
  import: importing,
  'worst-requests': worstRequests,
  mongodb,
}

/** Names for several parts. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  speed: [
    'get',
    'register-grpc',
    'latency',
    'rapid-reset',
    'sdk',
    'workers',
    'many-services',
    'metrics',
    'tokens',
    'refusals',
    'rollouts',
    'access',
  ],
}

/** The names of the parts in the text of `--only`, in its order. */
export function toParts(text: string): string[] {
  const names = text.split(',').flatMap((name) => groups[name] ?? name)
  const unknown = names.find((name) => !Object.hasOwn(parts, name))
  if (unknown === undefined) return names
  const known = [...Object.keys(parts), ...Object.keys(groups)].join(', ')
  throw new Error(`--only ${JSON.stringify(unknown)} is not valid; use one of ${known}.`)
}
