import type { Command } from 'commander'
import { type ChangeFlags, openClient, revisionCommand, toChangeOptions } from '../options/registry-option.ts'
import { printRevision } from '../output/output.ts'

/** `waypost undeprecate`: removes the deprecation of a revision. */
export function undeprecateCommand(): Command {
  return revisionCommand('undeprecate', 'Undo the deprecation of a revision.')
    .addHelpText('after', '\nExample:\n  $ waypost undeprecate my-org/my-service:1.2.9')
    .action(async (sruid: string, flags: ChangeFlags) => {
      printRevision(await openClient(flags).revisions.undeprecate(sruid, toChangeOptions(flags)), flags)
    })
}
