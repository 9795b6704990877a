import type { Command } from 'commander'
import { openClient, sruidHelp, toChangeOptions } from '../../options/registry-option.ts'
import { type DefaultFlags, defaultChangeCommand, printService } from './default-flags.ts'

/** `waypost default set`: makes a revision the default. */
export function setDefaultCommand(): Command {
  return defaultChangeCommand('set', 'Make a revision the default of its service, without asking the default policy.')
    .argument('<sruid>', sruidHelp)
    .addHelpText('after', '\nExample:\n  $ waypost default set my-org/my-service:1.2.8')
    .action(async (sruid: string, flags: DefaultFlags) => {
      const options = { reason: flags.reason, ...toChangeOptions(flags) }
      printService(await openClient(flags).defaults.set(sruid, options), flags)
    })
}
