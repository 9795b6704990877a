import type { Command } from 'commander'
import { existingProfile, fileCommand } from '../../config/config-commands.ts'
import { openConfig, writeConfig } from '../../config/write-config.ts'
import { print } from '../../output/output.ts'

/** `waypost config use`: makes a profile the current one. */
export function useConfigCommand(): Command {
  return fileCommand('use', 'Use a profile whenever a command names no other one.')
    .argument('<profile>', 'the name of the profile')
    .addHelpText('after', '\nExample:\n  $ waypost config use work')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const opened = await openConfig(command)
      existingProfile(opened, name)
      opened.document.use(name)
      writeConfig(opened)
      print(`the current profile is ${name}`)
    })
}
