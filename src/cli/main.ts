#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { aliasCommand } from './alias.ts'
import { defaultCommand } from './default.ts'
import { exitCodeFor, exitCodesHelp } from './exit-codes.ts'
import { exportCommand } from './export.ts'
import { getCommand } from './get.ts'
import { importCommand } from './import.ts'
import { lifecycleCommands } from './lifecycle.ts'
import { listCommands } from './list.ts'
import { policyCommand } from './policy.ts'
import { registerCommand } from './register.ts'
import { serveCommand } from './serve.ts'
import { updateCommand } from './update.ts'

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

// The file is one level further up from the compiled program than from the source.
function packageVersion(): string {
  const url = [new URL('../../package.json', import.meta.url), new URL('../../../package.json', import.meta.url)]
  const found = url.map((candidate) => tryRead(candidate)).find((text) => text !== undefined)
  return (JSON.parse(found ?? '{"version":"unknown"}') as { version: string }).version
}

function tryRead(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8')
  } catch {
    return undefined
  }
}
