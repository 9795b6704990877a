import type { Command } from 'commander'
import { nearestName } from '../../domain/nearest-name.ts'
import { didYouMean } from './strict-command.ts'
import { UsageError } from './usage-error.ts'

const PREFIX = 'WAYPOST_'

// Kubernetes sets these in every container if the name of a Service is `waypost` or begins with `waypost-`. Nobody has
// mistyped them.
const OF_KUBERNETES = /^WAYPOST_(?:\w+_)?(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/
const PORT_OF_KUBERNETES = /^WAYPOST_\w+_PORT=(?:tcp|udp|sctp):\/\//

/**
 * Throws if a variable begins with `WAYPOST_`, but no command reads it: its name may be mistyped. A variable of another
 * command is ignored, because commands can share an environment. `loadAll` is called only if there is such a variable.
 */
export async function checkVariables(
  env: Readonly<Record<string, string | undefined>>,
  running: Command,
  loadAll: () => Promise<readonly Command[]>,
): Promise<void> {
  const given = Object.keys(env).filter((name) => name.startsWith(PREFIX) && !isOfKubernetes(name, env[name]))
  const isUnknown = (known: readonly string[]) => given.find((name) => !known.includes(name))
  if (isUnknown(variablesOf(running)) === undefined) return
  const variables = (await loadAll()).flatMap(variablesOf)
  const unknown = isUnknown(variables)
  if (unknown === undefined) return
  const withoutPrefix = (name: string) => name.slice(PREFIX.length)
  const nearest = nearestName(withoutPrefix(unknown), variables.map(withoutPrefix))
  const advice = didYouMean(nearest && PREFIX + nearest) ?? 'unset it, or see waypost serve --help.'
  throw new UsageError(`the variable ${JSON.stringify(unknown)} is not known; ${advice}`, unknown)
}

function isOfKubernetes(name: string, value: string | undefined): boolean {
  return OF_KUBERNETES.test(name) || PORT_OF_KUBERNETES.test(`${name}=${value}`)
}

/** The variables that a command and its own commands read. */
export function variablesOf(command: Command): readonly string[] {
  const own = command.options.flatMap(({ envVar }) => envVar ?? [])
  return [...own, ...command.commands.flatMap(variablesOf)]
}
