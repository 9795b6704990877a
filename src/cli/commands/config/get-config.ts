import type { Command } from 'commander'
import {
  existingProfile,
  keyHelp,
  type ProfileFlags,
  parseKey,
  profileCommand,
  profileNameOf,
} from '../../config/config-commands.ts'
import { openConfig } from '../../config/write-config.ts'
import { print } from '../../output/output.ts'

/** `waypost config get`: prints a value of a profile. */
export function getConfigCommand(): Command {
  return profileCommand('get', 'Print a value of a profile.')
    .argument('<key>', keyHelp)
    .addHelpText('after', '\nExample:\n  $ waypost config get registry')
    .action(async (text: string, flags: ProfileFlags, command: Command) => {
      const key = parseKey(text)
      const opened = await openConfig(command)
      const name = profileNameOf(opened, flags)
      const value = existingProfile(opened, name).get(key)
      if (value !== undefined) return print(value)
      throw new Error(`the profile ${JSON.stringify(name)} has no ${key}; set it with waypost config set ${key} VALUE.`)
    })
}
