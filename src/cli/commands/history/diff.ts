import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { HistoryPoint } from '../../../client/index.ts'
import { parsePoint } from '../../options/point-option.ts'
import { openClient, type RegistryFlags, registryCommand, serviceHelp } from '../../options/registry-option.ts'
import { quoteValue, UsageError } from '../../options/usage-error.ts'
import { describeDifference } from '../../output/describe-change.ts'
import { print, toJsonLine } from '../../output/output.ts'
import { differencesBetween } from './differences-between.ts'

/** `waypost diff`: prints the differences between two states of a service. */
export function diffCommand(): Command {
  return registryCommand(
    'diff',
    'Print the differences between two states of a service. Each is a generation such as 11, or a time such as ' +
      '2026-11-24T12:00:00Z. The command reads all changes that are newer than the first state.',
  )
    .argument('<service>', serviceHelp)
    .argument('<from>', 'the first state')
    .argument('<to>', 'the second state')
    .addHelpText('after', '\nExample:\n  $ waypost diff my-org/my-service 1 2')
    .action(async (service: string, from: string, to: string, flags: RegistryFlags) => {
      const [first, second] = [parseState(from), parseState(to)]
      const differences = await differencesBetween(openClient(flags), service, first, second)
      if (flags.json) return print(...differences.map(toJsonLine))
      const lines = differences.flatMap(({ revisionTag, field, ...values }) =>
        describeDifference({ field: revisionTag === undefined ? field : `${revisionTag} ${field}`, ...values }),
      )
      print(...(lines.length > 0 ? lines : ['no differences']))
    })
}

function parseState(text: string): HistoryPoint {
  try {
    return parsePoint(text)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new UsageError(
      `the state ${quoteValue(text)} is not valid; use a generation such as 11, or a time such as 2026-11-24T12:00:00Z.`,
    )
  }
}
