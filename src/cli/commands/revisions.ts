import { type Command, Option } from 'commander'
import type { RevisionState, ServiceRevision } from '../../client/index.ts'
import { type ListCommandFlags, listCommand } from '../options/list-options.ts'
import { type AtFlags, atOption } from '../options/point-option.ts'
import { openClient, serviceHelp } from '../options/registry-option.ts'
import { formatLabels } from '../output/row.ts'
import { type Column, printList } from '../output/table.ts'

interface RevisionsFlags extends ListCommandFlags, AtFlags {
  readonly selector?: string
  readonly state?: string
  readonly order: 'newest' | 'version'
}

const columns: readonly Column<ServiceRevision>[] = [
  { title: 'REVISION', text: ({ revisionTag }) => revisionTag },
  { title: 'DEFAULT', text: ({ isDefault }) => (isDefault ? 'yes' : '') },
  { title: 'STATE', text: ({ state }) => (state ?? 'ACTIVE').toLowerCase() },
  { title: 'REGISTERED', text: ({ registerTime }) => registerTime?.toISOString() ?? '' },
  { title: 'LABELS', text: ({ labels = {} }) => formatLabels(labels) },
]

/** `waypost revisions`: lists the revisions of a service. */
export function revisionsCommand(): Command {
  return listCommand(
    'revisions',
    'List the revisions of a service with their state, their labels and when they were registered.',
  )
    .argument('<service>', serviceHelp)
    .addOption(
      new Option(
        '--order <order>',
        'order of the list: begins with the revision that was registered last (newest), or with the highest version (version)',
      )
        .choices(['newest', 'version'])
        .default('newest'),
    )
    .addOption(
      new Option('--state <state>', 'list only revisions in this state').choices(['active', 'deprecated', 'yanked']),
    )
    .addOption(
      new Option(
        '--selector <selector>',
        "label selector such as 'tier=web,!canary' (Kubernetes syntax, up to 1024 characters): list only revisions " +
          'that match it',
      ),
    )
    .addOption(atOption())
    .addHelpText('after', '\nExample:\n  $ waypost revisions my-org/my-service --order version')
    .action(async (service: string, flags: RevisionsFlags) => {
      const order = flags.order === 'version' ? 'HIGHEST_VERSION_FIRST' : 'NEWEST_FIRST'
      const state = flags.state?.toUpperCase() as RevisionState | undefined
      const options = { order, state, labelSelector: flags.selector, at: flags.at, view: 'FULL' } as const
      await printList(openClient(flags).revisions.list(service, options), columns, flags)
    })
}
