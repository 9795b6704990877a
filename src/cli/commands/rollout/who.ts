import type { Command } from 'commander'
import { type AtFlags, atOption } from '../../options/point-option.ts'
import { openClient, type RegistryFlags, registryCommand, serviceHelp } from '../../options/registry-option.ts'
import { UsageError } from '../../options/usage-error.ts'
import { describeRevision, print, toJsonLine } from '../../output/output.ts'

/** `waypost rollout who`: prints the revision that a caller gets, and why. */
export function whoCommand(): Command {
  return registryCommand(
    'who',
    'Print the revision that a caller gets from a lookup of the default, and why. It is the same as waypost get with ' +
      '--targeting-key and --explain.',
  )
    .argument('<service>', serviceHelp)
    .argument('<key>', 'the targeting key of the caller: 1 to 256 characters, such as user-42')
    .addOption(atOption())
    .addHelpText('after', '\nExample:\n  $ waypost rollout who my-org/my-service user-42')
    .action(async (service: string, targetingKey: string, flags: RegistryFlags & AtFlags) => {
      if (targetingKey === '') throw new UsageError('the argument <key> is empty; give the targeting key of a caller.')
      const revision = await openClient(flags).get(service, { targetingKey, explain: true, at: flags.at })
      print(...(flags.json ? [toJsonLine(revision)] : describeRevision(revision)))
    })
}
