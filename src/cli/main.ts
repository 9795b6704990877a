#!/usr/bin/env node
import { exitCodeFor } from './exit-codes.ts'
import { failureSettings, printFailure } from './output/failure.ts'
import { watchOutput } from './output/standard-output.ts'
import { createProgram, isHelpOrVersion } from './program.ts'

const args = process.argv.slice(2)
// Even an error in the command line itself is printed as JSON, so this does not wait until the command line is understood.
failureSettings.isJson = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined).includes('--json')
watchOutput()

run()

async function run(): Promise<void> {
  try {
    const program = await createProgram(args)
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = isHelpOrVersion(error) ? exitCodeFor(error) : printFailure(error)
  }
}
