import { type Command, Option } from 'commander'
import { ConfigError } from '../../../config.ts'
import { type ChangeFlags, changeCommand, openClient, toChangeOptions } from '../../options/registry-option.ts'
import { describeAlias, print, printChange, toJsonLine } from '../../output/output.ts'

interface SetFlags extends ChangeFlags {
  readonly tag?: string
  readonly follows?: string
  readonly includePrerelease?: boolean
}

/** `waypost alias set`: creates or changes an alias. */
export function setAliasCommand(): Command {
  return changeCommand('set', 'Fix an alias to a revision, or have it follow a range.')
    .argument('<service>', 'namespace/name')
    .argument('<alias>', 'its name, such as beta')
    .addOption(new Option('--tag <revision_tag>', 'the revision that it is fixed to'))
    .addOption(new Option('--follows <range>', 'the range whose highest version it points to').conflicts('tag'))
    .addOption(
      new Option('--include-prerelease', 'include all pre-releases between the bounds of the range').conflicts('tag'),
    )
    .addHelpText('after', '\nExample:\n  $ waypost alias set my-org/my-service beta --follows ">=2.0.0-0"')
    .action(async (service: string, name: string, flags: SetFlags) => {
      const alias = await openClient(flags).aliases.set(service, name, toTarget(flags), toChangeOptions(flags))
      if (flags.json) print(toJsonLine(alias))
      else printChange([describeAlias(alias)], flags)
    })
}

function toTarget({ tag, follows, includePrerelease }: SetFlags) {
  if (tag !== undefined) return { revisionTag: tag }
  if (follows !== undefined) return { follows, includePrerelease }
  throw new ConfigError('one of --tag and --follows must be given.')
}
