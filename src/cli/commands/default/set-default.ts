import type { Command } from 'commander'
import { makeConfirmed, serviceEtag } from '../../options/confirmation.ts'
import { openClient, sruidHelp } from '../../options/registry-option.ts'
import { choiceCommand, type DefaultFlags, printService } from './default-flags.ts'

/** `waypost default set`: makes a revision the default. */
export function setDefaultCommand(): Command {
  return choiceCommand('set', 'Make a revision the default of its service, without asking the default policy.')
    .argument('<sruid>', sruidHelp)
    .addHelpText('after', '\nExample:\n  $ waypost default set my-org/my-service:1.2.8')
    .action(async (sruid: string, flags: DefaultFlags) => {
      const client = openClient(flags)
      const service = await makeConfirmed(flags, {
        make: (options) => client.defaults.set(sruid, { reason: flags.reason, ...options }),
        effectOf: ({ effect }) => effect,
        readEtag: () => serviceEtag(client, sruid),
      })
      printService(service, flags)
    })
}
