import { setImmediate } from 'node:timers/promises'
import type { Command } from 'commander'
import { ConfigError } from '../../../config/config-error.ts'
import type { Backtested, LoadedPolicy } from '../../../policy/backtest/backtest.ts'
import type { Moment, Period } from '../../../policy/backtest/default-periods.ts'
import type { PastChange } from '../../../policy/backtest/past-service.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import { UNSOUND } from '../../exit-codes.ts'
import { openClient, type RegistryFlags, registryCommand, serviceHelp } from '../../options/registry-option.ts'
import { quoteValue } from '../../options/usage-error.ts'
import { escapeUnsafe } from '../../output/escape.ts'
import { print, toJsonLine } from '../../output/output.ts'
import { type Column, printList } from '../../output/table.ts'

const PAGE = 1_000

/** `waypost policy backtest`: runs a policy over the history of a service. */
export function backtestPolicyCommand(): Command {
  return registryCommand(
    'backtest',
    'Run a policy over the history of a service, and print when the default would have been another one. The policy runs ' +
      'on this machine, and nothing is changed. It is asked about each registration without is_default, and about the ' +
      'next default after each yank of the default. All other decisions stay as they were. The command exits with 6 if ' +
      'the default would have been another one.',
  )
    .argument(
      '<policy>',
      'the policy: latest-semver, latest-stable, latest-pep440, manual, or the path of a JavaScript or TypeScript module',
    )
    .argument('<service>', serviceHelp)
    .addHelpText('after', '\nExample:\n  $ waypost policy backtest latest-stable my-org/my-service')
    .action(async (nameOrPath: string, service: string, flags: RegistryFlags) => {
      // Loaded late, because the other commands start faster without it.
      const { backtest, loadPolicy } = await import('../../../policy/backtest/backtest.ts')
      const policy = await naming(nameOrPath, loadPolicy(nameOrPath, moduleOutput))
      try {
        const result = await backtest(policy, { service, changes: await readChanges(flags, service) })
        await printedLines()
        if (flags.json) print(toJsonLine(toObject(policy, service, result)))
        else await printResult(policy, service, result)
        if (result.periods.length > 0) process.exitCode = UNSOUND
      } finally {
        policy.close()
      }
    })
}

/** The oldest change comes first. */
async function readChanges(flags: RegistryFlags, service: string): Promise<readonly PastChange[]> {
  const changes: PastChange[] = []
  for await (const change of openClient(flags).history.list(service, { pageSize: PAGE })) {
    const { generation, time, event, revisionTag, differences } = change
    changes.push({ generation, event, ...(time && { time }), ...(revisionTag && { revisionTag }), differences })
  }
  return changes.reverse()
}

// Of the log of a module, only the lines that it prints are of use here.
const moduleOutput: Logger = {
  error: () => {},
  warn: () => {},
  info: (fields) => {
    if ('line' in fields) process.stderr.write(`${escapeUnsafe(String(fields.line))}\n`)
  },
}

// A module writes its lines before its answer. After two turns of the event loop, those before its last answer are read.
async function printedLines(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await setImmediate()
}

function toObject({ name: policy }: LoadedPolicy, service: string, { changes, questions, periods }: Backtested) {
  return {
    ...{ policy, service, changes, questions },
    periods: periods.map(({ from, until, defaultTag, byPolicy }) => ({
      fromGeneration: from.generation,
      fromTime: from.time,
      untilGeneration: until?.generation,
      untilTime: until?.time,
      defaultRevisionTag: defaultTag,
      policyRevisionTag: byPolicy,
    })),
  }
}

async function printResult({ name }: LoadedPolicy, service: string, result: Backtested): Promise<void> {
  const { changes, questions, periods } = result
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
  print(`${name} decided about ${count(questions, 'revision')} in ${count(changes, 'change')} of ${service}`)
  if (periods.length === 0) return print('the default would have been the same at all times')
  await printList(each(periods), columnsFor(name), {})
}

function columnsFor(policy: string): readonly Column<Period>[] {
  return [
    { title: 'FROM', text: ({ from }) => describeMoment(from) },
    { title: 'UNTIL', text: ({ until }) => (until ? describeMoment(until) : 'now') },
    { title: 'DEFAULT', text: ({ defaultTag }) => defaultTag ?? 'none' },
    { title: `BY ${policy}`, text: ({ byPolicy }) => byPolicy ?? 'none' },
  ]
}

function describeMoment({ generation, time }: Moment): string {
  return time === undefined ? `${generation}` : `${generation} (${time.toISOString()})`
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

async function naming(policy: string, loading: Promise<LoadedPolicy>): Promise<LoadedPolicy> {
  try {
    return await loading
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`the policy ${quoteValue(policy)}: ${why}`.replaceAll(/\s+/g, ' '), { cause })
  }
}
