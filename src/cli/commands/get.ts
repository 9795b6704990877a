import { type Command, Option } from 'commander'
import { openClient, type RegistryFlags, registryCommand } from '../options/registry-option.ts'
import { describeRevision, print, toJsonLine } from '../output/output.ts'

interface GetFlags extends RegistryFlags {
  readonly range?: string
  readonly includePrerelease?: boolean
  readonly alias?: string
  readonly labels?: string
  readonly explain?: boolean
  readonly full?: boolean
}

/** `waypost get`: prints a revision. */
export function getCommand(): Command {
  return registryCommand('get', 'Print the default revision of a service, or the revision that the options select.')
    .argument('<service>', 'namespace/name, or namespace/name:revision_tag')
    .addOption(new Option('--range <range>', 'the highest version of a range, such as ^1.2'))
    .addOption(new Option('--include-prerelease', 'include all pre-releases between the bounds of the range'))
    .addOption(new Option('--alias <alias>', 'the revision that an alias points to'))
    .addOption(new Option('--labels <selector>', 'requirements for its labels, such as tier=web,!canary'))
    .addOption(new Option('--explain', 'explain why it is this one'))
    .addOption(new Option('--full', 'also print who registered it and when, its state and its etags'))
    .addHelpText('after', '\nExample:\n  $ waypost get my-org/my-service --range ^1.2 --explain')
    .action(async (service: string, flags: GetFlags) => {
      const { range: versionRange, labels: labelSelector, includePrerelease, alias, explain } = flags
      const selection = { versionRange, includePrerelease, alias, labelSelector, explain }
      const revision = await openClient(flags).get(service, { ...selection, view: flags.full ? 'FULL' : 'BASIC' })
      print(...(flags.json ? [toJsonLine(revision)] : describeRevision(revision)))
    })
}
