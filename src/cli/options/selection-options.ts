import { type Command, Option } from 'commander'
import type { SelectionOptions } from '../../client/index.ts'
import { quoteValue, UsageError } from './usage-error.ts'

/** The flags that select a revision of a service. */
export interface SelectionFlags {
  readonly range?: string
  readonly includePrerelease?: boolean
  readonly alias?: string
  readonly selector?: string
}

/** The flag that selects a candidate of a rollout. */
export interface TargetingFlags {
  readonly targetingKey?: string
}

/** `--targeting-key`. */
export function targetingOption(): Option {
  return new Option(
    '--targeting-key <key>',
    'text that identifies the caller, such as the id of a user (1 to 256 characters): while a rollout runs, it decides ' +
      'whether a lookup of the default gets a candidate',
  )
}

/** Adds `--range`, `--include-prerelease`, `--alias` and `--selector` to a command, and the argument for the service. */
export function withSelection(command: Command): Command {
  return command
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
}

/** The client's options for a selection. Throws a `UsageError` if the flags contradict each other or the service. */
export function toSelection(service: string, flags: SelectionFlags): SelectionOptions {
  requireOneSelector(service, flags)
  const { range: versionRange, selector: labelSelector, includePrerelease, alias } = flags
  return { versionRange, includePrerelease, alias, labelSelector }
}

function requireOneSelector(service: string, { range, alias, includePrerelease }: SelectionFlags): void {
  const [, tag] = service.split(':')
  const flag = range !== undefined ? '--range' : '--alias'
  if (tag && (range ?? alias) !== undefined) {
    throw new UsageError(`${flag} cannot be used with the tag ${quoteValue(tag)}; give one of them.`, flag)
  }
  if (!includePrerelease || range !== undefined) return
  throw new UsageError('--include-prerelease needs --range; give both, or none of them.', '--include-prerelease')
}
