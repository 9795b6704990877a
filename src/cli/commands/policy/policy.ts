import type { Command } from 'commander'
import { StrictCommand } from '../../options/strict-command.ts'
import { backtestPolicyCommand } from './backtest-policy.ts'
import { testPolicyCommand } from './test-policy.ts'

/** `waypost policy`: groups the commands about the default policy. */
export function policyCommand(): Command {
  return new StrictCommand('policy')
    .description(
      'Ask the default policy of a registry about a revision, or run a policy over the history of a service.',
    )
    .addCommand(testPolicyCommand())
    .addCommand(backtestPolicyCommand())
    .addHelpText('after', '\nExample:\n  $ waypost policy test my-org/my-service:2.0.0-rc.1')
}
