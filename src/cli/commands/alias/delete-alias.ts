import type { Command } from 'commander'
import {
  aliasHelp,
  type ChangeFlags,
  changeCommand,
  openClient,
  serviceHelp,
  toChangeOptions,
} from '../../options/registry-option.ts'
import { effectLines, print, toJsonLine } from '../../output/output.ts'

/** `waypost alias delete`: deletes an alias. */
export function deleteAliasCommand(): Command {
  return changeCommand('delete', 'Delete an alias. The revision that it points to does not change.', 'alias')
    .argument('<service>', serviceHelp)
    .argument('<alias>', aliasHelp)
    .addHelpText('after', '\nExample:\n  $ waypost alias delete my-org/my-service beta')
    .action(async (service: string, alias: string, flags: ChangeFlags) => {
      const result = await openClient(flags).aliases.delete(service, alias, toChangeOptions(flags))
      if (flags.json) return print(toJsonLine(result))
      const { warnings = [] } = result.effect ?? {}
      const effect = { aliases: [], moved: 0, warnings }
      print(`${alias}: ${flags.validateOnly ? 'would be deleted' : 'deleted'}`, ...effectLines({ effect }))
    })
}
