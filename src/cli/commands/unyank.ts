import type { Command } from 'commander'
import { type ChangeFlags, openClient, revisionCommand, toChangeOptions } from '../options/registry-option.ts'
import { printRevision } from '../output/output.ts'

/** `waypost unyank`: removes the yank of a revision. */
export function unyankCommand(): Command {
  return revisionCommand(
    'unyank',
    'Undo the yank of a revision: ranges, aliases that follow a range, and the policy may choose it again. The ' +
      'default does not change.',
  )
    .addHelpText('after', '\nExample:\n  $ waypost unyank my-org/my-service:1.2.9')
    .action(async (sruid: string, flags: ChangeFlags) => {
      printRevision(await openClient(flags).revisions.unyank(sruid, toChangeOptions(flags)), flags)
    })
}
