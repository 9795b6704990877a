import { type Command, Option } from 'commander'
import { type ChangeFlags, openClient, revisionCommand, toChangeOptions } from '../options/registry-option.ts'
import { printRevision } from '../output/output.ts'

interface DeprecateFlags extends ChangeFlags {
  readonly reason?: string
  readonly replacement?: string
}

/** `waypost deprecate`: deprecates a revision. */
export function deprecateCommand(): Command {
  return revisionCommand(
    'deprecate',
    'Deprecate a revision: tell callers to move to another one. Ranges, aliases that follow a range, and the policy ' +
      'may still choose it.',
  )
    .addOption(new Option('--reason <text>', 'why, for callers: up to 1024 characters'))
    .addOption(
      new Option(
        '--replacement <revision_tag>',
        'tag of the revision to use instead: another revision of the service that is not yanked',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost deprecate my-org/my-service:1.2.9 --replacement 1.3.0')
    .action(async (sruid: string, flags: DeprecateFlags) => {
      const { reason: message, replacement } = flags
      const options = { message, replacement, ...toChangeOptions(flags) }
      printRevision(await openClient(flags).revisions.deprecate(sruid, options), flags)
    })
}
