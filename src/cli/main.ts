#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { packageVersion } from '../package-version.ts'
import { aliasCommand } from './commands/alias/alias.ts'
import { defaultCommand } from './commands/default/default.ts'
import { deleteCommand } from './commands/delete.ts'
import { deprecateCommand } from './commands/deprecate.ts'
import { exportCommand } from './commands/export.ts'
import { getCommand } from './commands/get.ts'
import { importCommand } from './commands/import.ts'
import { namespacesCommand } from './commands/namespaces.ts'
import { policyCommand } from './commands/policy/policy.ts'
import { registerCommand } from './commands/register.ts'
import { revisionsCommand } from './commands/revisions.ts'
import { serveCommand } from './commands/serve.ts'
import { servicesCommand } from './commands/services.ts'
import { undeprecateCommand } from './commands/undeprecate.ts'
import { unyankCommand } from './commands/unyank.ts'
import { updateCommand } from './commands/update.ts'
import { yankCommand } from './commands/yank.ts'
import { exitCodeFor, exitCodesHelp } from './exit-codes.ts'

const program = new Command('waypost')
  .description('A service registry for services that are released as revisions.')
  .version(packageVersion())
const commands = [
  serveCommand(),
  registerCommand(),
  getCommand(),
  updateCommand(),
  defaultCommand(),
  aliasCommand(),
  deprecateCommand(),
  undeprecateCommand(),
  yankCommand(),
  unyankCommand(),
  deleteCommand(),
  namespacesCommand(),
  servicesCommand(),
  revisionsCommand(),
  policyCommand(),
  importCommand(),
  exportCommand(),
]
for (const command of commands) program.addCommand(command)
withExits(program)

// Whoever reads the output, such as `head`, may have enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await program.parseAsync()
} catch (error) {
  // Commander has printed its own by now.
  if (!(error instanceof CommanderError)) {
    process.stderr.write(`waypost: ${error instanceof Error ? error.message : String(error)}\n`)
  }
  process.exitCode = exitCodeFor(error)
}

// Commander leaves to its commands what it does to itself.
function withExits(command: Command): void {
  command.exitOverride().showSuggestionAfterError(false).addHelpText('after', exitCodesHelp)
  for (const each of command.commands) withExits(each)
}
