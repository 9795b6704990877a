import { createWriteStream, existsSync, openSync, type WriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { RegistryError } from '../../client/index.ts'
import { exportFrom } from '../../compose.ts'
import { defaults, formatStore, parseStore, type StoreLocation } from '../../config.ts'
import { setting } from '../options/setting.ts'
import { unusableFile } from '../options/unusable-file.ts'

interface ExportFlags {
  readonly store: StoreLocation
  readonly output?: string
}

/** `waypost export`: writes what a store holds. */
export function exportCommand(): Command {
  return new Command('export')
    .description('Export everything that a store holds, as newline-delimited JSON that `waypost import` reads.')
    .addOption(setting('--store <location>', 'sqlite:PATH or mongodb://…', defaults.store, parseStore))
    .addOption(new Option('--output <file>', 'where to; default: standard output'))
    .addHelpText('after', '\nExample:\n  $ waypost export --store sqlite:waypost.db --output registry.ndjson')
    .action(async ({ store: location, output }: ExportFlags) => {
      requireThere(location)
      await exportFrom(location, (batches) =>
        pipeline(Readable.from(textOf(batches)), output === undefined ? process.stdout : openOutput(output)),
      )
    })
}

// Opening it would make it, and an export of nothing looks like one of everything.
function requireThere(location: StoreLocation): void {
  if (location.kind !== 'sqlite' || existsSync(location.path)) return
  const message = `--store ${formatStore(location)}: there is no such file`
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
