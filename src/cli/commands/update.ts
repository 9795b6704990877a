import { type Command, Option } from 'commander'
import type { RevisionChanges } from '../../client/index.ts'
import { ConfigError } from '../../config.ts'
import {
  collectPair,
  emptyParts,
  type InformationFlags,
  toInformation,
  withInformation,
} from '../options/information-options.ts'
import { type ChangeFlags, openClient, revisionCommand, toChangeOptions } from '../options/registry-option.ts'
import { printRevision } from '../output/output.ts'

interface UpdateFlags extends ChangeFlags, InformationFlags {
  readonly clear?: readonly (keyof typeof emptyParts)[]
  readonly setLabel?: Readonly<Record<string, string>>
  readonly removeLabel?: readonly string[]
}

/** `waypost update`: changes the information about a revision. */
export function updateCommand(): Command {
  return withInformation(
    revisionCommand(
      'update',
      'Change the labels, endpoints, description or documentation URI of a revision. The other parts stay.',
    ),
    'update',
  )
    .addOption(
      new Option(
        '--set-label <name=value>',
        'label to add or to change; the other labels stay; repeat the option for each label; not with --label',
      ).argParser(collectPair),
    )
    .addOption(
      new Option(
        '--remove-label <name>',
        'label to remove; the other labels stay; repeat the option for each label; not with --label',
      ).argParser(collectName),
    )
    .addOption(new Option('--clear <part...>', 'parts to remove').choices(Object.keys(emptyParts)))
    .addHelpText(
      'after',
      '\nExample:\n  $ waypost update my-org/my-service:1.2.9 --set-label tier=web --clear description',
    )
    .action(async (sruid: string, flags: UpdateFlags) => {
      const revision = await openClient(flags).revisions.update(sruid, toChanges(flags), toChangeOptions(flags))
      printRevision(revision, flags)
    })
}

function toChanges(flags: UpdateFlags): RevisionChanges {
  const { clear = [], setLabel: setLabels, removeLabel: removeLabels } = flags
  const given = { ...toInformation(flags), setLabels, removeLabels }
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  const changes = Object.assign({}, ...clear.map((part) => emptyParts[part]), Object.fromEntries(present))
  if (Object.keys(changes).length > 0) return changes
  throw new ConfigError('the command names no change; see waypost update --help.')
}

function collectName(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}
