import type { Command } from 'commander'
import { type ChangeFlags, openClient, revisionCommand, toChangeOptions } from '../options/registry-option.ts'
import { print } from '../output/output.ts'

/** `waypost delete`: deletes a yanked revision. */
export function deleteCommand(): Command {
  return revisionCommand(
    'delete',
    'Delete a yanked revision for good. No alias may point to it. Its --etag is required.',
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ waypost delete my-org/my-service:1.2.9 --etag 0c5f2b9e-6f0a-4c2e-9a51-4f1d2c3b4a59',
    )
    .action(async (sruid: string, flags: ChangeFlags) => {
      const { etag = '', ...options } = toChangeOptions(flags)
      await openClient(flags).revisions.delete(sruid, { etag, ...options })
      print(flags.json ? '{}' : `${sruid}: ${flags.validateOnly ? 'would be deleted' : 'deleted'}`)
    })
}
