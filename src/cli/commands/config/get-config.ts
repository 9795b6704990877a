import type { Command } from 'commander'
import { keyCommand } from '../../config/config-commands.ts'
import { print } from '../../output/output.ts'

/** `waypost config get`: prints a value of a profile. */
export function getConfigCommand(): Command {
  return keyCommand('get', 'Print a value of a profile.', ({ key, name, profile }) => {
    const value = profile.get(key)
    if (value !== undefined) return print(value)
    throw new Error(`the profile ${JSON.stringify(name)} has no ${key}; set it with waypost config set ${key} VALUE.`)
  }).addHelpText('after', '\nExample:\n  $ waypost config get registry')
}
