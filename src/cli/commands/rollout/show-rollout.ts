import type { Command } from 'commander'
import { type AtFlags, atOption } from '../../options/point-option.ts'
import { openClient, type RegistryFlags, registryCommand, serviceHelp } from '../../options/registry-option.ts'
import { describeRollout } from '../../output/describe-rollout.ts'
import { print, toJsonLine } from '../../output/output.ts'

/** `waypost rollout show`: prints the rollout of a service. */
export function showRolloutCommand(): Command {
  return registryCommand('show', 'Print the candidates of the rollout of a service, with their shares of the callers.')
    .argument('<service>', serviceHelp)
    .addOption(atOption())
    .addHelpText('after', '\nExample:\n  $ waypost rollout show my-org/my-service')
    .action(async (service: string, flags: RegistryFlags & AtFlags) => {
      const result = await openClient(flags).rollouts.get(service, { at: flags.at })
      if (flags.json) return print(toJsonLine(result))
      print(...describeRollout(service, result.rollout), `  generation: ${result.generation}`)
    })
}
