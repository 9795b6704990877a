import type { Command } from 'commander'
import { keyCommand } from '../../config/config-commands.ts'
import { writeConfig } from '../../config/write-config.ts'
import { print } from '../../output/output.ts'

const DESCRIPTION = 'Remove a value of a profile. A profile without values is removed, too.'

/** `waypost config unset`: removes a value of a profile. */
export function unsetConfigCommand(): Command {
  return keyCommand('unset', DESCRIPTION, ({ key, name, opened }) => {
    opened.document.unset(name, key)
    writeConfig(opened)
    print(`${name}: ${key} is not set`)
  }).addHelpText('after', '\nExample:\n  $ waypost config unset audience --profile work')
}
