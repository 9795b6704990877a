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
    .argument('<service>', 'the service, namespace/name; or one revision of it, namespace/name:revision_tag')
    .addOption(
      new Option(
        '--range <range>',
        'range such as "^1.2" (node-semver syntax, up to 256 characters): select its highest version that is not ' +
          'yanked',
      ),
    )
    .addOption(
      new Option(
        '--include-prerelease',
        'with --range: include every pre-release between the bounds of the range; default: none, except ' +
          'pre-releases of a version that the range names with a pre-release, such as 2.0.0 in ">=2.0.0-beta.1"',
      ),
    )
    .addOption(new Option('--alias <alias>', 'select the revision that this alias points to'))
    .addOption(
      new Option(
        '--labels <selector>',
        "label selector such as 'tier=web,!canary' (Kubernetes syntax, up to 1024 characters); with --range: " +
          'consider only revisions that match it; otherwise: end with exit code 3 if the revision does not match it',
      ),
    )
    .addOption(new Option('--explain', 'also print why this revision was selected'))
    .addOption(
      new Option('--full', 'also print its state, its etag, the etag of its service, who registered it and when'),
    )
    .addHelpText('after', '\nExample:\n  $ waypost get my-org/my-service --range "^1.2" --explain')
    .action(async (service: string, flags: GetFlags) => {
      const { range: versionRange, labels: labelSelector, includePrerelease, alias, explain } = flags
      const selection = { versionRange, includePrerelease, alias, labelSelector, explain }
      const revision = await openClient(flags).get(service, { ...selection, view: flags.full ? 'FULL' : 'BASIC' })
      print(...(flags.json ? [toJsonLine(revision)] : describeRevision(revision)))
    })
}
