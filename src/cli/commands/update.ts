import { type Command, Option } from 'commander'
import { ConfigError } from '../../config.ts'
import { type InformationFlags, withInformation } from '../options/information-options.ts'
import { type ChangeFlags, changeCommand, openClient, toChangeOptions } from '../options/registry-option.ts'
import { describeRevision, print, printChange, toJsonLine } from '../output/output.ts'

const empty = { labels: {}, endpoints: [], description: '' } as const

interface UpdateFlags extends ChangeFlags, InformationFlags {
  readonly clear?: readonly (keyof typeof empty)[]
}

/** `waypost update`: changes what is said of a revision. */
export function updateCommand(): Command {
  return withInformation(changeCommand('update', 'Change the labels, the endpoints or the description of a revision.'))
    .argument('<sruid>', 'the revision: namespace/name:revision_tag')
    .addOption(new Option('--clear <part...>', 'what it has none of any more').choices(Object.keys(empty)))
    .addHelpText('after', '\nExample:\n  $ waypost update my-org/my-service:1.2.9 --label tier=web --clear description')
    .action(async (sruid: string, flags: UpdateFlags) => {
      const cleared = Object.fromEntries((flags.clear ?? []).map((part) => [part, empty[part]]))
      const { label: labels, endpoint: endpoints, description } = flags
      const given = Object.entries({ labels, endpoints, description }).filter(([, value]) => value !== undefined)
      const changes = { ...cleared, ...Object.fromEntries(given) }
      if (Object.keys(changes).length === 0) {
        throw new ConfigError('one of --label, --endpoint, --description and --clear must be given.')
      }
      const revision = await openClient(flags).updateRevision(sruid, changes, toChangeOptions(flags))
      if (flags.json) print(toJsonLine(revision))
      else printChange(describeRevision(revision), flags)
    })
}
