import { Command, Option } from 'commander'
import { defaults, parseStore, type StoreLocation } from '../../config.ts'
import { REFUSED } from '../exit-codes.ts'
import { openInput } from '../options/input-file.ts'
import { endpointSchemeSetting, setting, storeHelp } from '../options/setting.ts'
import { print } from '../output/output.ts'
import { createProgress } from '../output/progress.ts'

interface ImportFlags {
  readonly store: StoreLocation
  readonly endpointScheme: readonly string[]
  readonly quiet?: boolean
}

/** `waypost import`: imports records into a store. */
export function importCommand(): Command {
  return new Command('import')
    .summary('Import revisions into a store, from the output of `waypost export` or of `dumpdata` of django-twined.')
    .description(
      'Import revisions into a store, from the output of `waypost export` or from the output of `dumpdata` of ' +
        'django-twined. A record that the store already has changes nothing. A record is refused if it is not valid, ' +
        'or if its revision is registered with other content. A server may run on the store at the same time. The ' +
        'output of `waypost export --history` is imported into an empty store. No server may run on that store. If one ' +
        'entry is refused, nothing is imported.',
    )
    .argument('<file>', 'the file to import: newline-delimited JSON, or one JSON array; - reads standard input')
    .addOption(setting('--store <location>', storeHelp, defaults.store, parseStore))
    .addOption(endpointSchemeSetting())
    .addOption(new Option('--quiet', 'do not print progress to standard error; refused records are still printed'))
    .addHelpText('after', '\nExample:\n  $ waypost import dump.json --store sqlite:waypost.db')
    .action(async (file: string, { store, endpointScheme, quiet = false }: ImportFlags) => {
      const counts = await importFile(file, { store, endpointSchemes: endpointScheme, isQuiet: quiet })
      print(
        `added ${counts.added}, already there ${counts.alreadyThere}, skipped ${counts.skipped}, refused ${counts.refused}`,
      )
      if (counts.refused > 0) process.exitCode = REFUSED
    })
}

interface ImportOptions {
  readonly store: StoreLocation
  readonly endpointSchemes: readonly string[]
  readonly isQuiet: boolean
}

async function importFile(file: string, { store, endpointSchemes, isQuiet }: ImportOptions) {
  // Loaded late, because the commands that call a registry start faster without the stores and the server.
  const { importInto } = await import('../../compose.ts')
  const input = openInput(file)
  const progress = createProgress({ isQuiet })
  progress.next('reading:')
  try {
    return await importInto(store, input.chunks, {
      endpointSchemes,
      onRefused: (line, reason) => progress.say(`line ${line}: ${reason}`),
      onRead: (records) => progress.report(records, input.part()),
      onAllRead: () => progress.next('importing:'),
      onImported: (records, ofAll) => progress.report(records, records / ofAll),
    })
  } finally {
    progress.end()
  }
}
