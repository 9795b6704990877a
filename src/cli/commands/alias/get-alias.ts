import type { Command } from 'commander'
import {
  aliasHelp,
  openClient,
  type RegistryFlags,
  registryCommand,
  serviceHelp,
} from '../../options/registry-option.ts'
import { describeAlias, print, toJsonLine } from '../../output/output.ts'

/** `waypost alias get`: prints an alias. */
export function getAliasCommand(): Command {
  return registryCommand('get', 'Print the revision that an alias points to, and the range that it follows.')
    .argument('<service>', serviceHelp)
    .argument('<alias>', aliasHelp)
    .addHelpText('after', '\nExample:\n  $ waypost alias get my-org/my-service beta')
    .action(async (service: string, name: string, flags: RegistryFlags) => {
      const alias = await openClient(flags).aliases.get(service, name)
      print(flags.json ? toJsonLine(alias) : describeAlias(alias))
    })
}
