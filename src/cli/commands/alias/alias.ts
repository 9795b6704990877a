import type { Command } from 'commander'
import { StrictCommand } from '../../options/strict-command.ts'
import { deleteAliasCommand } from './delete-alias.ts'
import { getAliasCommand } from './get-alias.ts'
import { listAliasesCommand } from './list-aliases.ts'
import { setAliasCommand } from './set-alias.ts'

/** `waypost alias`: groups the commands about aliases. */
export function aliasCommand(): Command {
  return new StrictCommand('alias')
    .description(
      'Get, set, delete or list the aliases of a service. An alias is another name for a revision, such as "stable".',
    )
    .addCommand(getAliasCommand())
    .addCommand(setAliasCommand())
    .addCommand(deleteAliasCommand())
    .addCommand(listAliasesCommand())
    .addHelpText('after', '\nExample:\n  $ waypost alias set my-org/my-service stable --follows "^1"')
}
