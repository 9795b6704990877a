import type { Command } from 'commander'
import { type ConfirmedFlags, makeConfirmed, revisionEtag, withConfirmation } from '../options/confirmation.ts'
import { openClient, revisionCommand } from '../options/registry-option.ts'
import { effectLines, print, toJsonLine } from '../output/output.ts'

/** `waypost delete`: deletes a yanked revision. */
export function deleteCommand(): Command {
  return withConfirmation(
    revisionCommand(
      'delete',
      'Delete a yanked revision for good. No alias, no rollout and no deprecation may name it. Its --etag is required, ' +
        'except on a terminal, where the command asks.',
    ),
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ waypost delete my-org/my-service:1.2.9 --etag 0c5f2b9e-6f0a-4c2e-9a51-4f1d2c3b4a59',
    )
    .action(async (sruid: string, flags: ConfirmedFlags) => {
      const client = openClient(flags)
      const result = await makeConfirmed(flags, {
        make: ({ etag = '', ...options }) => client.revisions.delete(sruid, { etag, ...options }),
        effectOf: ({ effect }) => effect,
        readEtag: () => revisionEtag(client, sruid),
        needsEtag: true,
      })
      if (flags.json) return print(toJsonLine(result))
      print(`${sruid}: ${flags.validateOnly ? 'would be deleted' : 'deleted'}`, ...effectLines(result))
    })
}
