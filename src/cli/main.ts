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
import { upgradeCommand } from './commands/upgrade.ts'
import { verifyCommand } from './commands/verify.ts'
import { yankCommand } from './commands/yank.ts'
import { exitCodeFor, exitCodesHelp } from './exit-codes.ts'

const program = new Command('waypost')
  .description(
    'Run a Waypost registry, or call one. A registry stores services that are released as revisions. The full name of ' +
      'a revision, its SRUID, is namespace/name:revision_tag, such as my-org/my-service:1.2.9.\n\n' +
      'The commands that call a registry send no token and no client certificate. To trust a private certificate ' +
      'authority, set NODE_EXTRA_CA_CERTS to its PEM file.',
  )
  .version(packageVersion(), '-V, --version', 'print the version')
  .helpCommand('help [command]', 'Print the help of a command.')
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
  verifyCommand(),
  upgradeCommand(),
]
for (const command of commands) program.addCommand(command)
withExits(program)

// A reader of the output, such as `head`, may close it early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await program.parseAsync()
} catch (error) {
  // Commander has already printed its own errors.
  if (!(error instanceof CommanderError)) {
    process.stderr.write(`waypost: ${error instanceof Error ? error.message : String(error)}\n`)
  }
  process.exitCode = exitCodeFor(error)
}

// Subcommands do not inherit these settings.
function withExits(command: Command): void {
  command
    .exitOverride()
    .showSuggestionAfterError(false)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', exitCodesHelp)
  for (const each of command.commands) withExits(each)
}
