import { type Command, Option } from 'commander'
import { type RegistryClient, RegistryError, type RolloutCandidate } from '../../../client/index.ts'
import { type CandidateFlags, candidatesHelp, pinOption, toCandidates } from '../../options/candidates.ts'
import { makeConfirmed, serviceEtag } from '../../options/confirmation.ts'
import { openClient, serviceHelp } from '../../options/registry-option.ts'
import { describeRollout } from '../../output/describe-rollout.ts'
import { effectLines, print, printChange, toJsonLine } from '../../output/output.ts'
import { choiceCommand, type DefaultFlags } from '../default/default-flags.ts'

interface SetFlags extends DefaultFlags, CandidateFlags {
  readonly salt?: string
}

/** `waypost rollout set`: begins a rollout or changes it. */
export function setRolloutCommand(): Command {
  return choiceCommand(
    'set',
    'Begin a rollout, or change the one that runs. Name all candidates: one that the command leaves out is no longer a ' +
      'candidate. All other callers get the default. As few callers as possible get another revision than before.',
  )
    .argument('<service>', serviceHelp)
    .argument('<candidates...>', candidatesHelp)
    .addOption(pinOption())
    .addOption(
      new Option(
        '--salt <salt>',
        'text that goes into the hash of each targeting key: up to 64 characters; another salt deals all callers anew; ' +
          'default: the salt of the running rollout, or a random one',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost rollout set my-org/my-service 1.3.0=10% --pin 1.3.0=user-1')
    .action(async (service: string, given: readonly string[], flags: SetFlags) => {
      const alone = toCandidates(given, flags, [])
      const client = openClient(flags)
      const isComplete = alone.every(({ pinnedKeys }) => pinnedKeys !== undefined)
      const candidates = isComplete ? alone : toCandidates(given, flags, await readCandidates(client, service))
      const result = await makeConfirmed(flags, {
        make: (options) =>
          client.rollouts.set(service, candidates, { salt: flags.salt, reason: flags.reason, ...options }),
        effectOf: ({ effect }) => effect,
        readEtag: () => serviceEtag(client, service),
      })
      if (flags.json) return print(toJsonLine(result))
      printChange([...describeRollout(service, result.rollout), ...effectLines(result)], flags)
    })
}

async function readCandidates(client: RegistryClient, service: string): Promise<readonly RolloutCandidate[]> {
  try {
    return (await client.rollouts.get(service)).rollout.candidates
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    // No rollout runs, or the change itself tells that there is no such service.
    if (error.code === 'not_found') return []
    if (error.reason !== 'PERMISSION_DENIED') throw error
    // Without this permission, the change would remove the pinned keys that the command cannot read.
    const advice =
      'To set a rollout without reading the running one, give --pin for each candidate, or --pin TAG= for no keys.'
    throw new RegistryError({
      code: error.code,
      reason: error.reason,
      message: `${error.message} ${advice}`,
      cause: error,
    })
  }
}
