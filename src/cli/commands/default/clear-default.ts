import type { Command } from 'commander'
import { makeConfirmed, serviceEtag } from '../../options/confirmation.ts'
import { openClient, serviceHelp } from '../../options/registry-option.ts'
import { choiceCommand, type DefaultFlags, printService } from './default-flags.ts'

/** `waypost default clear`: leaves a service without a default. */
export function clearDefaultCommand(): Command {
  return choiceCommand(
    'clear',
    'Leave a service without a default revision, until a registration or `waypost default set` sets one again.',
  )
    .argument('<service>', serviceHelp)
    .addHelpText('after', '\nExample:\n  $ waypost default clear my-org/my-service')
    .action(async (service: string, flags: DefaultFlags) => {
      const client = openClient(flags)
      const changed = await makeConfirmed(flags, {
        make: (options) => client.defaults.clear(service, { reason: flags.reason, ...options }),
        effectOf: ({ effect }) => effect,
        readEtag: () => serviceEtag(client, service),
      })
      printService(changed, flags)
    })
}
