import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { defaults, parseStore, type StoreLocation } from '../config.ts'
import { exportLines } from '../transfer/export.ts'
import { withStore } from './open-store.ts'
import { setting } from './setting.ts'

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
      await withStore(location, (store) => {
        const lines = Readable.from(textOf(exportLines(store)))
        return pipeline(lines, output === undefined ? process.stdout : createWriteStream(output))
      })
    })
}

async function* textOf(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lines of batches) if (lines.length > 0) yield `${lines.join('\n')}\n`
}
