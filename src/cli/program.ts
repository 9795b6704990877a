import { type Command, CommanderError } from 'commander'
import { packageVersion } from '../package-version.ts'
import { commands } from './commands.ts'
import { exitCodesHelp } from './exit-codes.ts'
import { flagOf, StrictCommand } from './options/strict-command.ts'
import { checkVariables } from './options/variables.ts'
import { failureSettings } from './output/failure.ts'

/** The program with the commands that these arguments need: only the one that they name, or all for the help. */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new StrictCommand('waypost')
    .description(
      'Run a Waypost registry, or call one. A registry stores services that are released as revisions. The full name of ' +
        'a revision, its SRUID, is namespace/name:revision_tag, such as my-org/my-service:1.2.9.\n\n' +
        'The commands that call a registry prove who you are with --token-from, WAYPOST_TOKEN, or --cert and --key. ' +
        'To trust a private certificate authority, name its PEM file with --ca. Keep these options in a profile: see ' +
        'waypost config.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
  for (const command of await load(namesFor(args))) program.addCommand(command)
  program.addCommand(helpCommand())
  withExitCodes(program)
  return program.hook('preAction', (_, command) => {
    failureSettings.flags = command.options.map(flagOf)
    return checkVariables(process.env, command, () => load(Object.keys(commands)))
  })
}

function load(names: readonly string[]): Promise<readonly Command[]> {
  return Promise.all(Object.entries(commands).flatMap(([name, create]) => (names.includes(name) ? [create()] : [])))
}

function namesFor([first = '']: readonly string[]): readonly string[] {
  if (Object.hasOwn(commands, first)) return [first]
  return ['-V', '--version'].includes(first) ? [] : Object.keys(commands)
}

// Commander's own help command prints nothing about a name that it does not know, and knows no command of a command.
function helpCommand(): Command {
  return new StrictCommand('help')
    .description('Print the help of a command.')
    .argument('[command...]', 'the name of the command, such as alias set; default: waypost itself')
    .addHelpText('after', '\nExample:\n  $ waypost help alias set')
    .action((names: readonly string[], _flags: unknown, { parent }: Command) => {
      names.reduce((command: Command | null, name) => find(command, name), parent)?.help()
    })
}

function find(command: Command | null, name: string): Command | null {
  const found = command?.commands.find((each) => each.name() === name)
  if (!found && command instanceof StrictCommand) command.unknownCommand(name)
  return found ?? null
}

function withExitCodes(command: Command): void {
  command.addHelpText('after', exitCodesHelp)
  for (const each of command.commands) withExitCodes(each)
}

/** Whether an error only ends the program after it has printed its help or its version. */
export function isHelpOrVersion(error: unknown): error is CommanderError {
  return error instanceof CommanderError && /^commander\.(?:help|helpDisplayed|version)$/.test(error.code)
}
