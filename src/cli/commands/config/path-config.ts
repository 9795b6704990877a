import type { Command } from 'commander'
import { fileCommand } from '../../config/config-commands.ts'
import { configPathOf } from '../../config/write-config.ts'
import { print } from '../../output/output.ts'

/** `waypost config path`: prints the path of the configuration file. */
export function pathConfigCommand(): Command {
  return fileCommand('path', 'Print the path of the configuration file, even if the file does not exist.')
    .addHelpText('after', '\nExample:\n  $ waypost config path')
    .action((_flags: unknown, command: Command) => print(configPathOf(command)))
}
