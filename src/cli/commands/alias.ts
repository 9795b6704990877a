import { Command, Option } from 'commander'
import { ConfigError } from '../../config.ts'
import {
  type ChangeFlags,
  changeCommand,
  openClient,
  type RegistryFlags,
  registryCommand,
  toChangeOptions,
} from '../options/registry-option.ts'
import { describeAlias, print, printChange, toJsonLine } from '../output/output.ts'

interface SetFlags extends ChangeFlags {
  readonly tag?: string
  readonly follows?: string
  readonly includePrerelease?: boolean
}

/** `waypost alias`: sets, deletes and lists aliases. */
export function aliasCommand(): Command {
  return new Command('alias')
    .description('Set, delete or list the aliases of a service.')
    .addCommand(setCommand())
    .addCommand(deleteCommand())
    .addCommand(listCommand())
    .addHelpText('after', '\nExample:\n  $ waypost alias set my-org/my-service stable --follows ^1')
}

function setCommand(): Command {
  return changeCommand('set', 'Point an alias to a revision, or have it follow a range.')
    .argument('<service>', 'namespace/name')
    .argument('<alias>', 'its name, such as beta')
    .addOption(new Option('--tag <revision_tag>', 'the revision that it stays with'))
    .addOption(new Option('--follows <range>', 'the range of which it is the highest version').conflicts('tag'))
    .addOption(
      new Option('--include-prerelease', 'with the pre-releases that the range does not name').conflicts('tag'),
    )
    .addHelpText('after', '\nExample:\n  $ waypost alias set my-org/my-service beta --follows ">=2.0.0-0"')
    .action(async (service: string, alias: string, flags: SetFlags) => {
      const target = toTarget(flags)
      const set = await openClient(flags).setAlias(service, alias, target, toChangeOptions(flags))
      if (flags.json) print(toJsonLine(set))
      else printChange([describeAlias(set)], flags)
    })
}

function toTarget({ tag, follows, includePrerelease }: SetFlags) {
  if (tag !== undefined) return { revisionTag: tag }
  if (follows !== undefined) return { follows, includePrerelease }
  throw new ConfigError('one of --tag and --follows must be given.')
}

function deleteCommand(): Command {
  return changeCommand('delete', 'Remove an alias. What it pointed to stays.')
    .argument('<service>', 'namespace/name')
    .argument('<alias>', 'its name')
    .addHelpText('after', '\nExample:\n  $ waypost alias delete my-org/my-service beta')
    .action(async (service: string, alias: string, flags: ChangeFlags) => {
      await openClient(flags).deleteAlias(service, alias, toChangeOptions(flags))
      print(flags.json ? '{}' : `${alias}: ${flags.validateOnly ? 'would be deleted' : 'deleted'}`)
    })
}

function listCommand(): Command {
  return registryCommand('list', 'List the aliases of a service.')
    .argument('<service>', 'namespace/name')
    .addHelpText('after', '\nExample:\n  $ waypost alias list my-org/my-service')
    .action(async (service: string, flags: RegistryFlags) => {
      const aliases = await openClient(flags).listAliases(service)
      print(...aliases.map(flags.json ? toJsonLine : describeAlias))
    })
}
