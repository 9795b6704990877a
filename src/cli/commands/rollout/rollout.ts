import type { Command } from 'commander'
import { StrictCommand } from '../../options/strict-command.ts'
import { endRolloutCommand } from './end-rollout.ts'
import { setRolloutCommand } from './set-rollout.ts'
import { showRolloutCommand } from './show-rollout.ts'
import { whoCommand } from './who.ts'

/** `waypost rollout`: groups the commands about rollouts. */
export function rolloutCommand(): Command {
  return new StrictCommand('rollout')
    .description(
      'Set, show or end the rollout of a service, or find out which revision a caller gets. A rollout gives some callers ' +
        'a candidate in place of the default.',
    )
    .addCommand(setRolloutCommand())
    .addCommand(showRolloutCommand())
    .addCommand(endRolloutCommand())
    .addCommand(whoCommand())
    .addHelpText('after', '\nExample:\n  $ waypost rollout set my-org/my-service 1.3.0=10% --reason "Begin with 10 %."')
}
