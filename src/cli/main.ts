#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { packageVersion } from '../package-version.ts'
import { aliasCommand } from './commands/alias.ts'
import { defaultCommand } from './commands/default.ts'
import { exportCommand } from './commands/export.ts'
import { getCommand } from './commands/get.ts'
import { importCommand } from './commands/import.ts'
import { lifecycleCommands } from './commands/lifecycle.ts'
import { listCommands } from './commands/list.ts'
import { policyCommand } from './commands/policy.ts'
import { registerCommand } from './commands/register.ts'
import { serveCommand } from './commands/serve.ts'
import { updateCommand } from './commands/update.ts'
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
  ...lifecycleCommands(),
  ...listCommands(),
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
