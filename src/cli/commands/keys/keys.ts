import type { Command } from 'commander'
import { StrictCommand } from '../../options/strict-command.ts'
import { rotateKeysCommand } from './rotate-keys.ts'

/** `waypost keys`: groups the commands about the keys that sign tokens. */
export function keysCommand(): Command {
  return new StrictCommand('keys')
    .description('Change the keys with which servers sign tokens to call revisions.')
    .addCommand(rotateKeysCommand())
    .addHelpText('after', '\nExample:\n  $ waypost keys rotate /var/lib/waypost/keys')
}
