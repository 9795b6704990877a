import type { Command } from 'commander'
import { openClient, type RegistryFlags, registryCommand } from '../../options/registry-option.ts'
import { describeDecision, print, toJsonLine } from '../../output/output.ts'

/** `waypost policy test`: asks the default policy about a revision. */
export function testPolicyCommand(): Command {
  return registryCommand(
    'test',
    'Ask the default policy whether a revision would become the default if it were new. Nothing is registered.',
  )
    .argument(
      '<sruid>',
      'the revision, registered or not: namespace/name:revision_tag, such as my-org/my-service:1.2.9',
    )
    .addHelpText('after', '\nExample:\n  $ waypost policy test my-org/my-service:2.0.0-rc.1')
    .action(async (sruid: string, flags: RegistryFlags) => {
      const decision = await openClient(flags).defaults.testPolicy(sruid)
      print(flags.json ? toJsonLine(decision) : describeDecision(sruid, decision))
    })
}
