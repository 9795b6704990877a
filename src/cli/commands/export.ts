import { createWriteStream, existsSync, openSync, type WriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { RegistryError } from '../../client/index.ts'
import { defaults, formatStore, parseStore, type StoreLocation } from '../../config.ts'
import { setting } from '../options/setting.ts'
import { unusableFile } from '../options/unusable-file.ts'

interface ExportFlags {
  readonly store: StoreLocation
  readonly output?: string
}

const sourceHelp =
  'store to read: sqlite:PATH for an existing file, or the connection string of MongoDB, mongodb://… or mongodb+srv://…'

/** `waypost export`: writes the content of a store. */
export function exportCommand(): Command {
  return new Command('export')
    .summary(
      'Export the present state of a store, without its history, as newline-delimited JSON, which `waypost import` can read.',
    )
    .description(
      'Export the present state of a store, without its history, as newline-delimited JSON, which `waypost import` ' +
        'can read. A server may run on the store at the same time.',
    )
    .addOption(setting('--store <location>', sourceHelp, defaults.store, parseStore))
    .addOption(new Option('--output <file>', 'file to write, which is replaced if it exists; default: standard output'))
    .addHelpText('after', '\nExample:\n  $ waypost export --store sqlite:waypost.db --output registry.ndjson')
    .action(async ({ store: location, output }: ExportFlags) => {
      requireStore(location)
      // Loaded late, as in import.ts.
      const { exportFrom } = await import('../../compose.ts')
      await exportFrom(location, (batches) =>
        pipeline(Readable.from(textOf(batches)), output === undefined ? process.stdout : openOutput(output)),
      )
    })
}

// Opening a SQLite store creates its file, and the export of a mistyped path would succeed with nothing in it.
function requireStore(location: StoreLocation): void {
  if (location.kind !== 'sqlite' || existsSync(location.path)) return
  const message = `--store (WAYPOST_STORE) ${formatStore(location)}: the file does not exist; use the path of a store that exists.`
  throw new RegistryError({ reason: 'STORE_UNAVAILABLE', message })
}

function openOutput(path: string): WriteStream {
  try {
    return createWriteStream(path, { fd: openSync(path, 'w') })
  } catch (cause) {
    throw unusableFile(path, cause)
  }
}

async function* textOf(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lines of batches) if (lines.length > 0) yield `${lines.join('\n')}\n`
}
