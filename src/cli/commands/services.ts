import { type Command, Option } from 'commander'
import type { ServiceSummary } from '../../client/index.ts'
import { type ListCommandFlags, listCommand } from '../options/list-options.ts'
import { openClient } from '../options/registry-option.ts'
import { type Column, printList } from '../output/table.ts'

interface ServicesFlags extends ListCommandFlags {
  readonly prefix?: string
  readonly labels?: string
}

const columns: readonly Column<ServiceSummary>[] = [
  { title: 'SERVICE', text: ({ namespace, name }) => `${namespace}/${name}` },
  { title: 'DEFAULT', text: ({ defaultRevisionTag }) => defaultRevisionTag ?? '-' },
  { title: 'HIGHEST', text: ({ highestVersion }) => highestVersion ?? '-' },
  { title: 'REVISIONS', text: ({ revisionCount }) => String(revisionCount) },
]

/** `waypost services`: lists services. */
export function servicesCommand(): Command {
  return listCommand('services', 'List services.')
    .addOption(new Option('--prefix <text>', 'the beginning of namespace/name'))
    .addOption(new Option('--labels <selector>', 'requirements for the labels of the default revision'))
    .addHelpText('after', '\nExample:\n  $ waypost services --prefix my-org/')
    .action(async (flags: ServicesFlags) => {
      const { prefix, labels: labelSelector } = flags
      await printList(openClient(flags).services.list({ prefix, labelSelector }), columns, flags)
    })
}
