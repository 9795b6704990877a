import { createReadStream, statSync } from 'node:fs'
import { Command, Option } from 'commander'
import { defaults, parseStore, type StoreLocation } from '../../config.ts'
import { REFUSED } from '../exit-codes.ts'
import { setting, storeHelp } from '../options/setting.ts'
import { unusableFile } from '../options/unusable-file.ts'
import { print } from '../output/output.ts'
import { createProgress } from '../output/progress.ts'

interface ImportFlags {
  readonly store: StoreLocation
  readonly quiet?: boolean
}

const CHUNK_BYTES = 128 * 1024

/** `waypost import`: imports records into a store. */
export function importCommand(): Command {
  return new Command('import')
    .summary('Import revisions into a store, from the output of `waypost export` or of `dumpdata` of django-twined.')
    .description(
      'Import revisions into a store, from the output of `waypost export` or from the output of `dumpdata` of ' +
        'django-twined. A record that the store already has changes nothing. A record is refused if it is not valid, ' +
        'or if its revision is registered with other content. A server may run on the store at the same time. The ' +
        'output of `waypost export --history` is imported into an empty store without a server, and not at all if a ' +
        'part of it is refused.',
    )
    .argument('<file>', 'the file to import: newline-delimited JSON, or one JSON array; - reads standard input')
    .addOption(setting('--store <location>', storeHelp, defaults.store, parseStore))
    .addOption(new Option('--quiet', 'do not print progress to standard error; refused records are still printed'))
    .addHelpText('after', '\nExample:\n  $ waypost import dump.json --store sqlite:waypost.db')
    .action(async (file: string, { store, quiet = false }: ImportFlags) => {
      const counts = await importFile(file, store, quiet)
      print(
        `added ${counts.added}, already there ${counts.alreadyThere}, skipped ${counts.skipped}, refused ${counts.refused}`,
      )
      if (counts.refused > 0) process.exitCode = REFUSED
    })
}

async function importFile(file: string, location: StoreLocation, isQuiet: boolean) {
  // Loaded late, because the commands that call a registry start faster without the stores and the server.
  const { importInto } = await import('../../compose.ts')
  const totalBytes = file === '-' ? undefined : sizeOf(file)
  const progress = createProgress({ isQuiet })
  let bytes = 0
  progress.next('reading:')
  try {
    const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES })
    const counted = counting(input, (more) => {
      bytes += more
    })
    return await importInto(location, counted, {
      onRefused: (line, reason) => progress.say(`line ${line}: ${reason}`),
      onRead: (records) => progress.report(records, totalBytes && bytes / totalBytes),
      onAllRead: () => progress.next('importing:'),
      onImported: (records, ofAll) => progress.report(records, records / ofAll),
    })
  } finally {
    progress.end()
  }
}

/** The size of a file in bytes. Undefined if it is not a regular file, but a pipe, for example. */
function sizeOf(file: string): number | undefined {
  try {
    const found = statSync(file)
    if (found.isDirectory()) throw new Error('it is a directory')
    return found.isFile() ? found.size : undefined
  } catch (cause) {
    throw unusableFile(file, cause)
  }
}

async function* counting(input: AsyncIterable<Buffer>, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    onRead(chunk.length)
    yield chunk
  }
}
