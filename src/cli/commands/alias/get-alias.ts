import type { Command } from 'commander'
import { type AtFlags, atOption } from '../../options/point-option.ts'
import {
  aliasHelp,
  openClient,
  type RegistryFlags,
  registryCommand,
  serviceHelp,
} from '../../options/registry-option.ts'
import { describeAlias, print, toJsonLine } from '../../output/output.ts'
import { row } from '../../output/row.ts'

/** `waypost alias get`: prints an alias. */
export function getAliasCommand(): Command {
  return registryCommand('get', 'Print the revision that an alias points to, and the range that it follows.')
    .argument('<service>', serviceHelp)
    .argument('<alias>', aliasHelp)
    .addOption(atOption())
    .addHelpText('after', '\nExample:\n  $ waypost alias get my-org/my-service beta')
    .action(async (service: string, name: string, flags: RegistryFlags & AtFlags) => {
      const alias = await openClient(flags).aliases.get(service, name, { at: flags.at })
      if (flags.json) return print(toJsonLine(alias))
      const { generation } = alias
      print(describeAlias(alias), ...row('generation', generation?.toString()).map((line) => `  ${line}`))
    })
}
