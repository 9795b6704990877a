#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { exitCodeFor, exitCodesHelp } from './exit-codes.ts'
import { getCommand } from './get.ts'
import { registerCommand } from './register.ts'
import { serveCommand } from './serve.ts'

const program = new Command('waypost')
  .description('A service registry for services that are released as revisions.')
  .version(packageVersion())
for (const command of [serveCommand(), registerCommand(), getCommand()]) {
  program.addCommand(command.exitOverride().showSuggestionAfterError(false).addHelpText('after', exitCodesHelp))
}
program.exitOverride().showSuggestionAfterError(false).addHelpText('after', exitCodesHelp)

try {
  await program.parseAsync()
} catch (error) {
  // Commander has printed its own by now.
  if (!(error instanceof CommanderError)) {
    process.stderr.write(`waypost: ${error instanceof Error ? error.message : String(error)}\n`)
  }
  process.exitCode = exitCodeFor(error)
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
