import { type Command, Option } from 'commander'
import type { HistoryPoint } from '../../../client/index.ts'
import { makeConfirmed, serviceEtag } from '../../options/confirmation.ts'
import { parsePoint } from '../../options/point-option.ts'
import { openClient, serviceHelp } from '../../options/registry-option.ts'
import { UsageError } from '../../options/usage-error.ts'
import { describeService, effectLines, print, printChange, toJsonLine } from '../../output/output.ts'
import { choiceCommand, type DefaultFlags } from '../default/default-flags.ts'

interface RevertFlags extends DefaultFlags {
  readonly to?: HistoryPoint
}

/** `waypost revert`: restores the choices of an earlier state. */
export function revertCommand(): Command {
  return choiceCommand(
    'revert',
    'Restore the default, the aliases and the rollout of an earlier state of a service. Its revisions stay as they are. ' +
      'The history keeps everything, because this is a new change.',
  )
    .argument('<service>', serviceHelp)
    .addOption(
      new Option(
        '--to <point>',
        'the state: a generation such as 12, or a time such as 2026-11-24T12:00:00Z; required',
      ).argParser(parsePoint),
    )
    .addHelpText('after', '\nExample:\n  $ waypost revert my-org/my-service --to 1 --dry-run')
    .action(async (service: string, flags: RevertFlags) => {
      const { to } = flags
      if (to === undefined) throw new UsageError('the command names no state; give --to.', '--to')
      const client = openClient(flags)
      const result = await makeConfirmed(flags, {
        make: (options) => client.history.revert(service, to, { reason: flags.reason, ...options }),
        effectOf: ({ effect }) => effect,
        readEtag: () => serviceEtag(client, service),
      })
      if (flags.json) return print(toJsonLine(result))
      const restored = `  the choices of generation ${result.generation} ${flags.validateOnly ? 'would be' : 'are'} restored`
      printChange([...describeService(result.service), restored, ...effectLines(result)], flags)
    })
}
