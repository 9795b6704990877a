import { type Command, Option } from 'commander'
import { openClient, type RegistryFlags, registryCommand } from '../options/registry-option.ts'
import { quoteValue, UsageError } from '../options/usage-error.ts'
import { describeRevision, print, toJsonLine } from '../output/output.ts'

interface GetFlags extends RegistryFlags {
  readonly range?: string
  readonly includePrerelease?: boolean
  readonly alias?: string
  readonly selector?: string
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
        'with --range: include every pre-release between the bounds of the range; without it, ' +
          '">=2.0.0-beta.1" includes 2.0.0-beta.2, but not 2.1.0-beta.1, and "^2" includes no pre-release',
      ),
    )
    .addOption(
      new Option('--alias <alias>', 'select the revision that this alias points to; not with --range').conflicts(
        'range',
      ),
    )
    .addOption(
      new Option(
        '--selector <selector>',
        "label selector such as 'tier=web,!canary' (Kubernetes syntax, up to 1024 characters); with --range: " +
          'consider only revisions that match it; otherwise: end with exit code 3 if the revision does not match it',
      ),
    )
    .addOption(new Option('--explain', 'also print why this revision was selected'))
    .addOption(
      new Option(
        '--full',
        'also print its state, its etag, the etag of its service, and when it was registered, and by whom if you may see it',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost get my-org/my-service --range "^1.2" --explain')
    .action(async (service: string, flags: GetFlags) => {
      requireOneSelector(service, flags)
      const { range: versionRange, selector: labelSelector, includePrerelease, alias, explain } = flags
      const selection = { versionRange, includePrerelease, alias, labelSelector, explain }
      const revision = await openClient(flags).get(service, { ...selection, view: flags.full ? 'FULL' : 'BASIC' })
      print(...(flags.json ? [toJsonLine(revision)] : describeRevision(revision)))
    })
}

function requireOneSelector(service: string, { range, alias, includePrerelease }: GetFlags): void {
  const [, tag] = service.split(':')
  const flag = range !== undefined ? '--range' : '--alias'
  if (tag && (range ?? alias) !== undefined) {
    throw new UsageError(`${flag} cannot be used with the tag ${quoteValue(tag)}; give one of them.`, flag)
  }
  if (!includePrerelease || range !== undefined) return
  throw new UsageError('--include-prerelease needs --range; give both, or none of them.', '--include-prerelease')
}
