import { type Command, Option } from 'commander'
import type { RevisionState, ServiceRevision, ServiceSummary } from '../../client/index.ts'
import { openClient, parseCount, type RegistryFlags, registryCommand } from '../options/registry-option.ts'
import { formatLabels } from '../output/output.ts'
import { type Column, type ListFlags, printList } from '../output/table.ts'

interface NamespacesFlags extends RegistryFlags, Pick<ListFlags, 'limit'> {}

interface ServicesFlags extends NamespacesFlags {
  readonly prefix?: string
  readonly labels?: string
}

interface RevisionsFlags extends NamespacesFlags {
  readonly labels?: string
  readonly state?: string
  readonly order: 'newest' | 'version'
}

/** `waypost namespaces`, `services` and `revisions`: what there is. */
export function listCommands(): Command[] {
  return [namespacesCommand(), servicesCommand(), revisionsCommand()]
}

function namespacesCommand(): Command {
  return listCommand('namespaces', 'List the namespaces that have services.', 'namespaces').action(
    async (flags: NamespacesFlags) => {
      const namespaces = openClient(flags).listNamespaces()
      await printList(named(namespaces), [{ title: 'NAMESPACE', text: ({ namespace }) => namespace }], flags)
    },
  )
}

const serviceColumns: readonly Column<ServiceSummary>[] = [
  { title: 'SERVICE', text: ({ namespace, name }) => `${namespace}/${name}` },
  { title: 'DEFAULT', text: ({ defaultRevisionTag }) => defaultRevisionTag ?? '-' },
  { title: 'HIGHEST', text: ({ highestVersion }) => highestVersion ?? '-' },
  { title: 'REVISIONS', text: ({ revisionCount }) => String(revisionCount) },
]

function servicesCommand(): Command {
  return listCommand('services', 'List services.', 'services --prefix my-org/')
    .addOption(new Option('--prefix <text>', 'what namespace/name begins with'))
    .addOption(new Option('--labels <selector>', 'what the labels of the default revision must be'))
    .action(async (flags: ServicesFlags) => {
      const { prefix, labels: labelSelector } = flags
      await printList(openClient(flags).listServices({ prefix, labelSelector }), serviceColumns, flags)
    })
}

const revisionColumns: readonly Column<ServiceRevision>[] = [
  { title: 'REVISION', text: ({ revisionTag }) => revisionTag },
  { title: 'DEFAULT', text: ({ isDefault }) => (isDefault ? 'yes' : '') },
  { title: 'STATE', text: ({ state }) => (state ?? 'ACTIVE').toLowerCase() },
  { title: 'REGISTERED', text: ({ registerTime }) => registerTime?.toISOString() ?? '' },
  { title: 'LABELS', text: ({ labels = {} }) => formatLabels(labels) },
]

function revisionsCommand(): Command {
  return listCommand('revisions', 'List the revisions of a service.', 'revisions my-org/my-service --order version')
    .argument('<service>', 'namespace/name')
    .addOption(
      new Option('--order <order>', 'what comes first: the newest, or the highest version')
        .choices(['newest', 'version'])
        .default('newest'),
    )
    .addOption(new Option('--state <state>', 'only those').choices(['active', 'deprecated', 'yanked']))
    .addOption(new Option('--labels <selector>', 'what their labels must be'))
    .action(async (service: string, flags: RevisionsFlags) => {
      const order = flags.order === 'version' ? 'HIGHEST_VERSION_FIRST' : 'NEWEST_FIRST'
      const state = flags.state?.toUpperCase() as RevisionState | undefined
      const options = { order, state, labelSelector: flags.labels, view: 'FULL' } as const
      await printList(openClient(flags).listRevisions(service, options), revisionColumns, flags)
    })
}

function listCommand(name: string, description: string, example: string): Command {
  return registryCommand(name, description)
    .addOption(new Option('--limit <count>', 'how many at most; all without it').argParser(parseCount))
    .addHelpText('after', `\nExample:\n  $ waypost ${example}`)
}

async function* named(namespaces: AsyncIterable<string>): AsyncGenerator<{ readonly namespace: string }> {
  for await (const namespace of namespaces) yield { namespace }
}
