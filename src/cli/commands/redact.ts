import { type Command, Option } from 'commander'
import type { StoreLocation } from '../../config/store-location.ts'
import { UNSOUND } from '../exit-codes.ts'
import { existingStoreOption, requireStore } from '../options/existing-store.ts'
import { StrictCommand } from '../options/strict-command.ts'
import { UsageError } from '../options/usage-error.ts'
import { print, toJsonLine } from '../output/output.ts'
import { createProgress } from '../output/progress.ts'

interface RedactFlags {
  readonly store: StoreLocation
  readonly issuer?: string
  readonly subject?: string
  readonly name?: string
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

/** `waypost redact`: removes the name of a person from a store. */
export function redactCommand(): Command {
  return new StrictCommand('redact')
    .summary('Remove the name of a person from every entry of a store.')
    .description(
      'Remove the name, the subject and the claims of a person from every entry of a store. The name is then "redacted". ' +
        'The log stays verifiable, because its hashes cover a digest of the person only. You cannot undo it. Servers may ' +
        'run on the store at the same time. If the command is interrupted, run it again.',
    )
    .addOption(existingStoreOption('change'))
    .addOption(new Option('--issuer <url>', 'the issuer of the identity, with --subject'))
    .addOption(new Option('--subject <subject>', 'the subject of the identity at its issuer'))
    .addOption(new Option('--name <name>', 'the name; finds entries of every issuer, and entries without one'))
    .addOption(new Option('--dry-run', 'count the entries, and change nothing'))
    .addOption(new Option('--json', 'print the result as JSON'))
    .addOption(new Option('--quiet', 'do not print progress to standard error'))
    .addHelpText(
      'after',
      '\nExample:\n  $ waypost redact --issuer https://accounts.google.com --subject 1234567 --store sqlite:waypost.db',
    )
    .action(async (flags: RedactFlags) => {
      const { store, dryRun = false, json = false, quiet = false } = flags
      const person = toPerson(flags)
      requireStore(store)
      // Loaded late, as in import.ts.
      const { redactIn } = await import('../../compose.ts')
      const progress = createProgress({ isQuiet: quiet, unit: 'entries' })
      progress.next('reading:')
      const options = { person, isDryRun: dryRun, onRead: (entries: number) => progress.report(entries, undefined) }
      const redacted = await redactIn(store, options).finally(progress.end)
      for (const line of json ? [toJsonLine({ ...redacted, dryRun })] : asText(redacted, dryRun)) print(line)
      if (redacted.damaged > 0) process.exitCode = UNSOUND
    })
}

type Result = Readonly<Record<'entries' | 'services' | 'mentions' | 'damaged', number>> & {
  readonly remains: readonly string[]
}

function toPerson({ issuer, subject, name }: RedactFlags) {
  if (name !== undefined && (issuer ?? subject) !== undefined) {
    throw new UsageError('--name is given together with --issuer or --subject; use one of the two ways.')
  }
  if (name !== undefined) return { name }
  if (issuer !== undefined && subject !== undefined) return { issuer, subject }
  throw new UsageError('the command needs a person; give --issuer and --subject, or --name.')
}

function asText({ entries, services, mentions, damaged, remains }: Result, isDryRun: boolean): string[] {
  const found = `${count(entries, 'entry', 'entries')} of ${count(services, 'service')}`
  return [
    isDryRun ? `would remove the name from ${found}; nothing was changed` : `removed the name from ${found}`,
    ...(mentions > 0
      ? [`${count(mentions, 'entry', 'entries')} with the name in the content, which stays as it is`]
      : []),
    ...(damaged > 0 ? [`${count(damaged, 'service')} with a damaged entry: no entry after it was changed`] : []),
    ...remains.map((place) => `the name may still be in ${place}`),
  ]
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
