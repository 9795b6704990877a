import type { Command } from 'commander'
import { openClient, serviceHelp, toChangeOptions } from '../../options/registry-option.ts'
import { type DefaultFlags, defaultChangeCommand, printService } from './default-flags.ts'

/** `waypost default clear`: leaves a service without a default. */
export function clearDefaultCommand(): Command {
  return defaultChangeCommand(
    'clear',
    'Leave a service without a default revision, until a registration or `waypost default set` sets one again.',
  )
    .argument('<service>', serviceHelp)
    .addHelpText('after', '\nExample:\n  $ waypost default clear my-org/my-service')
    .action(async (service: string, flags: DefaultFlags) => {
      const options = { reason: flags.reason, ...toChangeOptions(flags) }
      printService(await openClient(flags).defaults.clear(service, options), flags)
    })
}
