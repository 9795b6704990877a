import { type Command, InvalidArgumentError } from 'commander'
import type { RevisionChanges } from '../../client/index.ts'
import { clearOption, emptied, optionsOfPart, type Part } from '../options/clear-option.ts'
import { collectPair, type InformationFlags, toInformation, withInformation } from '../options/information-options.ts'
import { type ChangeFlags, openClient, revisionCommand, toChangeOptions } from '../options/registry-option.ts'
import { RepeatableOption } from '../options/repeatable-option.ts'
import { UsageError } from '../options/usage-error.ts'
import { printRevision } from '../output/output.ts'

interface UpdateFlags extends ChangeFlags, InformationFlags {
  readonly clear?: readonly Part[]
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
        'label to add or to change; the other labels stay; repeat the option for each label; not with --label',
        collectPair,
      ).conflicts('label'),
    )
    .addOption(
      new RepeatableOption(
        '--remove-label <name>',
        'label to remove; the other labels stay; repeat the option for each label; not with --label',
        collectName,
      ).conflicts('label'),
    )
    .addOption(clearOption())
    .addHelpText(
      'after',
      '\nExample:\n  $ waypost update my-org/my-service:1.2.9 --set-label tier=web --clear description',
    )
    .action(async (sruid: string, flags: UpdateFlags) => {
      requireOneMeaning(flags)
      const revision = await openClient(flags).revisions.update(sruid, toChanges(flags), toChangeOptions(flags))
      printRevision(revision, flags)
    })
}

function requireOneMeaning(flags: UpdateFlags): void {
  const { clear = [], setLabel = {}, removeLabel = [] } = flags
  const both = clear.find((part) => optionsOfPart[part].some((option) => option in flags))
  if (both !== undefined) {
    throw new UsageError(`--clear ${both} contradicts an option that sets the ${both}; give one of them.`, '--clear')
  }
  const name = removeLabel.find((each) => Object.hasOwn(setLabel, each))
  if (name === undefined) return
  const quoted = JSON.stringify(name)
  throw new UsageError(`--set-label and --remove-label both name ${quoted}; give one of them.`, '--remove-label')
}

function toChanges(flags: UpdateFlags): RevisionChanges {
  const { clear = [], setLabel: setLabels, removeLabel: removeLabels } = flags
  const given = { ...toInformation(flags), setLabels, removeLabels }
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  const changes = { ...emptied(clear), ...Object.fromEntries(present) }
  if (Object.keys(changes).length > 0) return changes
  throw new UsageError('the command names no change; see waypost update --help.')
}

function collectName(text: string, before: readonly string[] = []): string[] {
  if (before.includes(text)) throw new InvalidArgumentError('Give each name once.')
  return [...before, text]
}
