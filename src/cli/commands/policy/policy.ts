import { Command } from 'commander'
import { testPolicyCommand } from './test-policy.ts'

/** `waypost policy`: asks the default policy of a registry. */
export function policyCommand(): Command {
  return new Command('policy')
    .description("Ask a registry's default policy.")
    .addCommand(testPolicyCommand())
    .addHelpText('after', '\nExample:\n  $ waypost policy test my-org/my-service:2.0.0-rc.1')
}
