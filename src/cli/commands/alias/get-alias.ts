import type { Command } from 'commander'
import { openClient, type RegistryFlags, registryCommand } from '../../options/registry-option.ts'
import { describeAlias, print, toJsonLine } from '../../output/output.ts'

/** `waypost alias get`: prints an alias. */
export function getAliasCommand(): Command {
  return registryCommand('get', 'Print where an alias points.')
    .argument('<service>', 'namespace/name')
    .argument('<alias>', 'its name')
    .addHelpText('after', '\nExample:\n  $ waypost alias get my-org/my-service beta')
    .action(async (service: string, name: string, flags: RegistryFlags) => {
      const alias = await openClient(flags).aliases.get(service, name)
      print(flags.json ? toJsonLine(alias) : describeAlias(alias))
    })
}
