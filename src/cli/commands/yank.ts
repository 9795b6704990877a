import { type Command, Option } from 'commander'
import { type ConfirmedFlags, makeConfirmed, revisionEtag, withConfirmation } from '../options/confirmation.ts'
import { openClient, revisionCommand } from '../options/registry-option.ts'
import { describeRevision, print, printChange, toJsonLine } from '../output/output.ts'

interface YankFlags extends ConfirmedFlags {
  readonly reason?: string
  readonly ifDefault: 'move' | 'clear'
}

/** `waypost yank`: yanks a revision. */
export function yankCommand(): Command {
  return withConfirmation(
    revisionCommand(
      'yank',
      'Withdraw a bad revision. Only its exact tag, or an alias that is fixed to it, still finds it.',
    ),
  )
    .addOption(new Option('--reason <text>', 'why, for people who still use the revision: up to 1024 characters'))
    .addOption(
      new Option(
        '--if-default <action>',
        'if the revision is the default: let the default policy choose another one (move), or leave the service ' +
          'without a default (clear)',
      )
        .choices(['move', 'clear'])
        .default('move'),
    )
    .addHelpText('after', '\nExample:\n  $ waypost yank my-org/my-service:1.2.9 --reason "It loses data."')
    .action(async (sruid: string, flags: YankFlags) => {
      const ifDefault = flags.ifDefault === 'clear' ? 'CLEAR' : 'MOVE'
      const client = openClient(flags)
      const { revision, defaultRevisionTag } = await makeConfirmed(flags, {
        make: (options) => client.revisions.yank(sruid, { reason: flags.reason, ifDefault, ...options }),
        effectOf: (answer) => answer.revision.effect,
        readEtag: () => revisionEtag(client, sruid),
      })
      if (flags.json) print(toJsonLine({ revision, defaultRevisionTag }))
      else printChange(describeRevision(revision), flags)
    })
}
