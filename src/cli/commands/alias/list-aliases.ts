import type { Command } from 'commander'
import { type AtFlags, atOption } from '../../options/point-option.ts'
import { openClient, type RegistryFlags, registryCommand, serviceHelp } from '../../options/registry-option.ts'
import { describeAlias, print, toJsonLine } from '../../output/output.ts'

/** `waypost alias list`: prints the aliases of a service. */
export function listAliasesCommand(): Command {
  return registryCommand('list', 'List all aliases of a service, in the order of their names.')
    .argument('<service>', serviceHelp)
    .addOption(atOption())
    .addHelpText('after', '\nExample:\n  $ waypost alias list my-org/my-service')
    .action(async (service: string, flags: RegistryFlags & AtFlags) => {
      const aliases = await openClient(flags).aliases.list(service, { at: flags.at })
      print(...aliases.map(flags.json ? toJsonLine : describeAlias))
    })
}
