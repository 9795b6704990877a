import { type Command, Option } from 'commander'
import type { ServiceSummary } from '../../client/index.ts'
import { type ListCommandFlags, listCommand } from '../options/list-options.ts'
import { openClient } from '../options/registry-option.ts'
import { type Column, printList } from '../output/table.ts'

interface ServicesFlags extends ListCommandFlags {
  readonly prefix?: string
  readonly selector?: string
}

const columns: readonly Column<ServiceSummary>[] = [
  { title: 'SERVICE', text: ({ namespace, name }) => `${namespace}/${name}` },
  { title: 'DEFAULT', text: ({ defaultRevisionTag }) => defaultRevisionTag ?? '-' },
  { title: 'HIGHEST', text: ({ highestVersion }) => highestVersion ?? '-' },
  { title: 'REVISIONS', text: ({ revisionCount }) => String(revisionCount) },
]

/** `waypost services`: lists services. */
export function servicesCommand(): Command {
  return listCommand(
    'services',
    'List services with their default revision, their highest version and their number of revisions.',
  )
    .addOption(
      new Option('--prefix <text>', 'list only services whose namespace/name begins with this text, such as my-org/'),
    )
    .addOption(
      new Option(
        '--selector <selector>',
        "label selector such as 'tier=web,!canary' (Kubernetes syntax, up to 1024 characters): list only services " +
          'whose default revision matches it',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost services --prefix my-org/')
    .action(async (flags: ServicesFlags) => {
      const { prefix, selector: labelSelector } = flags
      await printList(openClient(flags).services.list({ prefix, labelSelector }), columns, flags)
    })
}
