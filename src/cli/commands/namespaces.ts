import type { Command } from 'commander'
import { type ListCommandFlags, listCommand } from '../options/list-options.ts'
import { openClient } from '../options/registry-option.ts'
import { printList } from '../output/table.ts'

/** `waypost namespaces`: lists namespaces. */
export function namespacesCommand(): Command {
  return listCommand('namespaces', 'List the namespaces that have at least one service.')
    .addHelpText('after', '\nExample:\n  $ waypost namespaces')
    .action(async (flags: ListCommandFlags) => {
      const namespaces = toRows(openClient(flags).services.listNamespaces())
      await printList(namespaces, [{ title: 'NAMESPACE', text: ({ namespace }) => namespace }], flags)
    })
}

async function* toRows(namespaces: AsyncIterable<string>): AsyncGenerator<{ readonly namespace: string }> {
  for await (const namespace of namespaces) yield { namespace }
}
