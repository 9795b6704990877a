import { type Command, Option } from 'commander'
import { defaults } from '../../config/serve-config.ts'
import { parseStore, type StoreLocation } from '../../config/store-location.ts'
import { REFUSED } from '../exit-codes.ts'
import { openInput } from '../options/input-file.ts'
import { endpointSchemeSetting, setting, storeHelp } from '../options/setting.ts'
import { StrictCommand } from '../options/strict-command.ts'
import { describeImport, describeRecord, type RecordPlace } from '../output/describe-import.ts'
import { print } from '../output/output.ts'
import { createProgress } from '../output/progress.ts'
import { RejectsFile } from '../output/rejects-file.ts'

interface ImportFlags {
  readonly store: StoreLocation
  readonly endpointScheme: readonly string[]
  readonly rejects?: string
  readonly dryRun?: boolean
  readonly verbose?: boolean
  readonly quiet?: boolean
}

/** `waypost import`: imports records into a store. */
export function importCommand(): Command {
  return new StrictCommand('import')
    .summary('Import revisions into a store, from the output of `waypost export` or of `dumpdata` of django-twined.')
    .description(
      'Import revisions into a store, from the output of `waypost export` or from the output of `dumpdata` of ' +
        'django-twined. The store follows the input, except for the parts that somebody has changed by a call of the registry. ' +
        'A record is refused if it is not valid, or if its revision is registered with other content. A server may ' +
        'run on the store at the same time. The output of `waypost export --history` is imported into an empty store. No server may run on that store. If one ' +
        'entry is refused, nothing is imported.',
    )
    .argument('<file>', 'the file to import: newline-delimited JSON, or one JSON array; - reads standard input')
    .addOption(setting('--store <location>', storeHelp, defaults.store, parseStore))
    .addOption(endpointSchemeSetting())
    .addOption(
      new Option(
        '--rejects <file>',
        'file to write the refused records to, in the format of the input, so that they can be corrected and imported; ' +
          'it must not exist yet; without refused records, it is not made',
      ),
    )
    .addOption(new Option('--dry-run', 'print what the import would do, and store nothing'))
    .addOption(
      new Option(
        '--verbose',
        'also print each change, and each difference that stays because somebody changed it here',
      ),
    )
    .addOption(new Option('--quiet', 'do not print progress to standard error; refused records are still printed'))
    .addHelpText('after', '\nExample:\n  $ waypost import dump.json --store sqlite:waypost.db')
    .action(async (file: string, flags: ImportFlags) => {
      const rejects = flags.rejects === undefined ? undefined : new RejectsFile(flags.rejects)
      const counts = await importFile(file, flags, rejects)
      print(...describeImport(counts), ...(flags.dryRun ? ['only tried: nothing was stored'] : []))
      if (counts.refused > 0) process.exitCode = REFUSED
      rejects?.finish()
    })
}

async function importFile(file: string, flags: ImportFlags, rejects: RejectsFile | undefined) {
  const { store, endpointScheme: endpointSchemes, dryRun = false, verbose = false, quiet = false } = flags
  const progress = createProgress({ isQuiet: quiet })
  const say = (place: RecordPlace, text: string) => progress.say(describeRecord(place, text))
  try {
    const input = openInput(file)
    // Loaded late, because the commands that call a registry start faster without the stores and the server.
    const { importInto, tryImportInto } = await import('../../compose.ts')
    progress.next('reading:')
    return await (dryRun ? tryImportInto : importInto)(store, input.chunks, {
      endpointSchemes,
      keepsRefused: rejects !== undefined,
      onRefused: (refused) => {
        const isKept = rejects?.add(refused) ?? true
        say(refused, isKept ? refused.reason : `${refused.reason} It is not in the file of --rejects.`)
      },
      ...(verbose && { onChanged: say, onKept: say }),
      onRead: (records) => progress.report(records, input.part()),
      onAllRead: () => progress.next('importing:'),
      onImported: (records, ofAll) => progress.report(records, records / ofAll),
    })
  } catch (error) {
    rejects?.discard()
    throw error
  } finally {
    progress.end()
  }
}
