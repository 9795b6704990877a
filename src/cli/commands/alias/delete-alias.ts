import type { Command } from 'commander'
import { type ChangeFlags, changeCommand, openClient, toChangeOptions } from '../../options/registry-option.ts'
import { print } from '../../output/output.ts'

/** `waypost alias delete`: removes an alias. */
export function deleteAliasCommand(): Command {
  return changeCommand('delete', 'Remove an alias. The revision that it pointed to does not change.')
    .argument('<service>', 'namespace/name')
    .argument('<alias>', 'its name')
    .addHelpText('after', '\nExample:\n  $ waypost alias delete my-org/my-service beta')
    .action(async (service: string, alias: string, flags: ChangeFlags) => {
      await openClient(flags).aliases.delete(service, alias, toChangeOptions(flags))
      print(flags.json ? '{}' : `${alias}: ${flags.validateOnly ? 'would be deleted' : 'deleted'}`)
    })
}
