import { type Command, Option } from 'commander'
import type { StoreLocation } from '../../config/store-location.ts'
import { existingStoreOption, requireOtherFile, requireStore } from '../options/existing-store.ts'
import { StrictCommand } from '../options/strict-command.ts'
import { escapeUnsafe } from '../output/escape.ts'
import { writeToFile, writeToStandardOutput } from '../output/text-sink.ts'

interface ExportFlags {
  readonly store: StoreLocation
  readonly history?: boolean
  readonly output?: string
}

/** `waypost export`: writes the content of a store. */
export function exportCommand(): Command {
  return new StrictCommand('export')
    .summary(
      'Export the present state or the history of a store as newline-delimited JSON, which `waypost import` can read.',
    )
    .description(
      'Export the present state of a store as newline-delimited JSON, which `waypost import` can read into any store. ' +
        'With --history, export every entry of its logs, which `waypost import` can read into an empty store. A ' +
        'server may run on the store at the same time.',
    )
    .addOption(existingStoreOption())
    .addOption(new Option('--history', 'export every entry of the logs, with its hash, instead of the present state'))
    .addOption(
      new Option(
        '--output <file>',
        'file to write; an existing file is replaced when the export is complete; default: standard output',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost export --store sqlite:waypost.db --output registry.ndjson')
    .action(async ({ store: location, history, output }: ExportFlags) => {
      requireStore(location)
      if (output !== undefined) requireOtherFile(location, output)
      // Loaded late, as in import.ts.
      const { exportFrom } = await import('../../compose.ts')
      await exportFrom(location, history ? 'history' : 'state', (batches) =>
        output === undefined ? writeToStandardOutput(textOf(batches)) : writeToFile(output, textOf(batches)),
      )
    })
}

// The escapes are those of JSON, so the export keeps its meaning, and can be shown on a terminal.
async function* textOf(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lines of batches) if (lines.length > 0) yield `${lines.map(escapeUnsafe).join('\n')}\n`
}
