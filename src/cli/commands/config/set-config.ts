import type { Command } from 'commander'
import { keyHelp, type ProfileFlags, parseKey, profileCommand, profileNameOf } from '../../config/config-commands.ts'
import { fromFolder, type ProfileKey, profileKeys } from '../../config/profile-keys.ts'
import { openConfig, writeConfig } from '../../config/write-config.ts'
import { UsageError } from '../../options/usage-error.ts'
import { print } from '../../output/output.ts'

/** `waypost config set`: sets a value of a profile. */
export function setConfigCommand(): Command {
  return profileCommand('set', 'Set a value of a profile. The profile and the file are made if they do not exist.')
    .argument('<key>', keyHelp)
    .argument('<value>', 'the value, as the option with this name has it; a path is stored as an absolute path')
    .addHelpText('after', '\nExample:\n  $ waypost config set registry https://registry.example.com')
    .action(async (text: string, given: string, flags: ProfileFlags, command: Command) => {
      const key = parseKey(text)
      const value = checked(key, given)
      const opened = await openConfig(command)
      const name = profileNameOf(opened, flags)
      opened.document.set(name, key, value)
      writeConfig(opened)
      print(`${name}: ${key} is now ${value}`)
    })
}

function checked(key: ProfileKey, text: string): string {
  try {
    if (text.trim() === '') throw new Error('is empty; give it a value, or use waypost config unset.')
    profileKeys[key](text)
    return fromFolder(process.cwd(), key, text)
  } catch (error) {
    throw new UsageError(`${key} ${(error as Error).message}`, 'value')
  }
}
