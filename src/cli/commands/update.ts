import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RevisionChanges } from '../../client/index.ts'
import { clearOption, emptied, optionsOfPart, type Part } from '../options/clear-option.ts'
import { collectPair, type InformationFlags, toInformation, withInformation } from '../options/information-options.ts'
import { type ChangeFlags, openClient, revisionCommand, toChangeOptions } from '../options/registry-option.ts'
import { RepeatableOption } from '../options/repeatable-option.ts'
import { UsageError } from '../options/usage-error.ts'
import { printRevision } from '../output/output.ts'

interface UpdateFlags extends ChangeFlags, InformationFlags {
  readonly clear?: readonly Part[]
  readonly replaceLabels?: boolean
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
      new RepeatableOption(
        '--set-label <name=value>',
        'the same as --label without --replace-labels; not with --label',
        collectPair,
      ).conflicts('label'),
    )
    .addOption(
      new RepeatableOption(
        '--remove-label <name>',
        'label to remove; the other labels stay; repeat the option for each label; not with --replace-labels',
        collectName,
      ),
    )
    .addOption(
      new Option('--replace-labels', 'remove all labels that no --label names').conflicts(['setLabel', 'removeLabel']),
    )
    .addOption(clearOption())
    .addHelpText('after', '\nExample:\n  $ waypost update my-org/my-service:1.2.9 --label tier=web --clear description')
    .action(async (sruid: string, flags: UpdateFlags) => {
      requireOneMeaning(flags)
      const revision = await openClient(flags).revisions.update(sruid, toChanges(flags), toChangeOptions(flags))
      printRevision(revision, flags)
    })
}

function requireOneMeaning(flags: UpdateFlags): void {
  const { clear = [], label, setLabel, removeLabel = [], replaceLabels } = flags
  const both = clear.find((part) => optionsOfPart[part].some((option) => option in flags))
  if (both !== undefined) {
    throw new UsageError(`--clear ${both} contradicts an option that sets the ${both}; give one of them.`, '--clear')
  }
  const name = removeLabel.find((each) => Object.hasOwn({ ...label, ...setLabel }, each))
  if (name !== undefined) {
    const flag = label === undefined ? '--set-label' : '--label'
    const both = `${flag} and --remove-label both name ${JSON.stringify(name)}`
    throw new UsageError(`${both}; give one of them.`, '--remove-label')
  }
  if (!replaceLabels || label !== undefined) return
  throw new UsageError('--replace-labels needs --label; give both, or use --clear labels.', '--replace-labels')
}

function toChanges(flags: UpdateFlags): RevisionChanges {
  const { clear = [], label, setLabel = label, removeLabel: removeLabels, replaceLabels } = flags
  const { labels, ...information } = toInformation(flags)
  const labelChanges = replaceLabels ? { labels } : { setLabels: setLabel, removeLabels }
  const given = { ...information, ...labelChanges }
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  const changes = { ...emptied(clear), ...Object.fromEntries(present) }
  if (Object.keys(changes).length > 0) return changes
  throw new UsageError('the command names no change; see waypost update --help.')
}

function collectName(text: string, before: readonly string[] = []): string[] {
  if (before.includes(text)) throw new InvalidArgumentError('Give each name once.')
  return [...before, text]
}
