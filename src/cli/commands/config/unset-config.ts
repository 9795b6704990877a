import type { Command } from 'commander'
import {
  existingProfile,
  keyHelp,
  type ProfileFlags,
  parseKey,
  profileCommand,
  profileNameOf,
} from '../../config/config-commands.ts'
import { openConfig, writeConfig } from '../../config/write-config.ts'
import { print } from '../../output/output.ts'

/** `waypost config unset`: removes a value of a profile. */
export function unsetConfigCommand(): Command {
  return profileCommand('unset', 'Remove a value of a profile. A profile without values is removed, too.')
    .argument('<key>', keyHelp)
    .addHelpText('after', '\nExample:\n  $ waypost config unset audience --profile work')
    .action(async (text: string, flags: ProfileFlags, command: Command) => {
      const key = parseKey(text)
      const opened = await openConfig(command)
      const name = profileNameOf(opened, flags)
      existingProfile(opened, name)
      opened.document.unset(name, key)
      writeConfig(opened)
      print(`${name}: ${key} is not set`)
    })
}
