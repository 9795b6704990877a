import { type Command, Option } from 'commander'
import { makeConfirmed, serviceEtag } from '../../options/confirmation.ts'
import { openClient, serviceHelp } from '../../options/registry-option.ts'
import { describeService, effectLines, print, printChange, toJsonLine } from '../../output/output.ts'
import { choiceCommand, type DefaultFlags } from '../default/default-flags.ts'

interface EndFlags extends DefaultFlags {
  readonly promote?: string
}

/** `waypost rollout end`: ends the rollout of a service. */
export function endRolloutCommand(): Command {
  return choiceCommand('end', 'End the rollout of a service: all callers then get the default.')
    .argument('<service>', serviceHelp)
    .addOption(
      new Option(
        '--promote <revision_tag>',
        'tag of the candidate that becomes the default in the same change; default: the default stays',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost rollout end my-org/my-service --promote 1.3.0')
    .action(async (service: string, flags: EndFlags) => {
      const client = openClient(flags)
      const { promote, reason } = flags
      const result = await makeConfirmed(flags, {
        make: (options) => client.rollouts.end(service, { promote, reason, ...options }),
        effectOf: ({ effect }) => effect,
        readEtag: () => serviceEtag(client, service),
      })
      if (flags.json) print(toJsonLine(result))
      else printChange([...describeService(result.service), ...effectLines(result)], flags)
    })
}
