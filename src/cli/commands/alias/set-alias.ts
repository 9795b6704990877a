import { type Command, Option } from 'commander'
import {
  type ChangeFlags,
  changeCommand,
  openClient,
  serviceHelp,
  toChangeOptions,
} from '../../options/registry-option.ts'
import { UsageError } from '../../options/usage-error.ts'
import { describeChangedAlias, print, printChange, toJsonLine } from '../../output/output.ts'

interface SetFlags extends ChangeFlags {
  readonly tag?: string
  readonly follows?: string
  readonly includePrerelease?: boolean
}

/** `waypost alias set`: creates an alias or changes it. */
export function setAliasCommand(): Command {
  return changeCommand(
    'set',
    'Create or change an alias. It is fixed to one revision (--tag), or follows the highest version of a range ' +
      '(--follows).',
    'alias',
  )
    .argument('<service>', serviceHelp)
    .argument(
      '<alias>',
      'the name of the alias, such as beta: 1 to 63 characters of lower kebab case; not "default", and not a text ' +
        'that is also a range, such as 1, v1 or x',
    )
    .addOption(
      new Option(
        '--tag <revision_tag>',
        'tag of the revision that the alias is fixed to; the revision must not be yanked',
      ),
    )
    .addOption(
      new Option(
        '--follows <range>',
        'range that the alias follows, such as "^1": it points to the highest version in the range that is not ' +
          'yanked (node-semver syntax, up to 256 characters)',
      ).conflicts('tag'),
    )
    .addOption(
      new Option(
        '--include-prerelease',
        'with --follows: include every pre-release between the bounds of the range; without it, ' +
          '">=2.0.0-beta.1" includes 2.0.0-beta.2, but not 2.1.0-beta.1, and "^2" includes no pre-release',
      ).conflicts('tag'),
    )
    .addHelpText('after', '\nExample:\n  $ waypost alias set my-org/my-service beta --follows ">=2.0.0-0"')
    .action(async (service: string, name: string, flags: SetFlags) => {
      const alias = await openClient(flags).aliases.set(service, name, toTarget(flags), toChangeOptions(flags))
      if (flags.json) print(toJsonLine(alias))
      else printChange(describeChangedAlias(alias), flags)
    })
}

function toTarget({ tag, follows, includePrerelease }: SetFlags) {
  if (tag !== undefined) return { revisionTag: tag }
  if (follows !== undefined) return { follows, includePrerelease }
  throw new UsageError('the command names no target; give --tag or --follows.')
}
