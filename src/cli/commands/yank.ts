import { type Command, Option } from 'commander'
import { type ChangeFlags, openClient, revisionCommand, toChangeOptions } from '../options/registry-option.ts'
import { describeRevision, print, printChange, toJsonLine } from '../output/output.ts'

interface YankFlags extends ChangeFlags {
  readonly reason?: string
  readonly ifDefault: 'move' | 'clear'
}

/** `waypost yank`: yanks a revision. */
export function yankCommand(): Command {
  return revisionCommand(
    'yank',
    'Withdraw a bad revision. Only its exact tag, or an alias that is fixed to it, still finds it.',
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
      const options = { reason: flags.reason, ifDefault, ...toChangeOptions(flags) } as const
      const { revision, defaultRevisionTag } = await openClient(flags).revisions.yank(sruid, options)
      if (flags.json) return print(toJsonLine({ revision, defaultRevisionTag }))
      const line = `  the default ${flags.validateOnly ? 'would be' : 'is now'}: ${defaultRevisionTag ?? 'none'}`
      printChange([...describeRevision(revision), line], flags)
    })
}
