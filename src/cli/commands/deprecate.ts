import { type Command, Option } from 'commander'
import { type ChangeFlags, openClient, revisionCommand, toChangeOptions } from '../options/registry-option.ts'
import { printRevision } from '../output/output.ts'

interface DeprecateFlags extends ChangeFlags {
  readonly message?: string
  readonly replacement?: string
}

/** `waypost deprecate`: deprecates a revision. */
export function deprecateCommand(): Command {
  return revisionCommand('deprecate', 'Tell callers to move to another revision. This one stays fit for use.')
    .addOption(new Option('--message <text>', 'a message for callers'))
    .addOption(new Option('--replacement <revision_tag>', 'the revision to use instead'))
    .addHelpText('after', '\nExample:\n  $ waypost deprecate my-org/my-service:1.2.9 --replacement 1.3.0')
    .action(async (sruid: string, flags: DeprecateFlags) => {
      const { message, replacement } = flags
      const options = { message, replacement, ...toChangeOptions(flags) }
      printRevision(await openClient(flags).revisions.deprecate(sruid, options), flags)
    })
}
