import type { Command } from 'commander'
import { StrictCommand } from '../../options/strict-command.ts'
import { getConfigCommand } from './get-config.ts'
import { listConfigCommand } from './list-config.ts'
import { pathConfigCommand } from './path-config.ts'
import { setConfigCommand } from './set-config.ts'
import { unsetConfigCommand } from './unset-config.ts'
import { useConfigCommand } from './use-config.ts'

/** `waypost config`: groups the commands about the configuration file. */
export function configCommand(): Command {
  return new StrictCommand('config')
    .description(
      'Print or change the configuration file. It has profiles: each gives the options of the commands that call a ' +
        'registry. A flag is stronger than a variable, and a variable is stronger than a profile.',
    )
    .addCommand(listConfigCommand())
    .addCommand(getConfigCommand())
    .addCommand(setConfigCommand())
    .addCommand(unsetConfigCommand())
    .addCommand(useConfigCommand())
    .addCommand(pathConfigCommand())
    .addHelpText('after', '\nExample:\n  $ waypost config set registry https://registry.example.com --profile work')
}
