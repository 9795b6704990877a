import type { Command } from 'commander'
import { StrictCommand } from '../../options/strict-command.ts'
import { checkAuthCommand } from './check-auth.ts'
import { makeTokenCommand } from './make-token.ts'

/** `waypost auth`: groups the commands about the access file of a server. */
export function authCommand(): Command {
  return new StrictCommand('auth')
    .description('Check the access file of a server, and make static tokens for it.')
    .addCommand(checkAuthCommand())
    .addCommand(makeTokenCommand())
    .addHelpText('after', '\nExample:\n  $ waypost auth check access.yaml')
}
