import type { Command } from 'commander'
import { StrictCommand } from '../../options/strict-command.ts'
import { clearDefaultCommand } from './clear-default.ts'
import { setDefaultCommand } from './set-default.ts'

/** `waypost default`: sets and clears the default by hand. */
export function defaultCommand(): Command {
  return new StrictCommand('default')
    .description('Set or clear the default revision of a service by hand.')
    .addCommand(setDefaultCommand())
    .addCommand(clearDefaultCommand())
    .addHelpText('after', '\nExample:\n  $ waypost default set my-org/my-service:1.2.8 --reason "1.2.9 is too slow"')
}
