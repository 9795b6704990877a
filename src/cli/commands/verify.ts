import { type Command, Option } from 'commander'
import type { StoreLocation } from '../../config/store-location.ts'
import { UNSOUND } from '../exit-codes.ts'
import { existingStoreOption, requireStore } from '../options/existing-store.ts'
import { openInput } from '../options/input-file.ts'
import { StrictCommand } from '../options/strict-command.ts'
import { UsageError } from '../options/usage-error.ts'
import { print } from '../output/output.ts'
import { createProgress } from '../output/progress.ts'

interface VerifyFlags {
  readonly store: StoreLocation
  readonly json?: boolean
  readonly quiet?: boolean
}

/** A problem or a note. Its service is null if it is about the storage as a whole. */
interface Finding {
  readonly code: string
  readonly service: string | null
  readonly generation: number | null
  readonly message: string
}

/** `waypost verify`: checks a whole store, or a history. */
export function verifyCommand(): Command {
  return new StrictCommand('verify')
    .summary('Check every entry of a store: whether it is damaged, and whether it follows from the entries before it.')
    .description(
      'Check every entry of a store, or of the output of `waypost export --history`: whether it is damaged, and whether ' +
        'it follows from the entries before it. It prints a line for each problem and a summary, and exits with 6 if ' +
        'there is a problem. It changes nothing. A server may run on the store at the same time.',
    )
    .argument(
      '[file]',
      'a history, from `waypost export --history`, to check in place of a store; - reads standard input',
    )
    .addOption(existingStoreOption())
    .addOption(
      new Option(
        '--json',
        'print each problem, each note and the summary as a line of JSON, with the code of the problem',
      ),
    )
    .addOption(new Option('--quiet', 'do not print progress to standard error'))
    .addHelpText('after', '\nExample:\n  $ waypost verify --store sqlite:waypost.db')
    .action(async (file: string | undefined, flags: VerifyFlags, command: Command) => {
      const { store, json = false, quiet = false } = flags
      if (file !== undefined && command.getOptionValueSource('store') === 'cli') throw bothGiven(file)
      const printed = json ? asJson : asText
      const progress = createProgress({ isQuiet: quiet, unit: 'entries' })
      const tell = (kind: 'problem' | 'note') => (finding: Finding) => {
        progress.pause()
        // Now, because a reader of the output may stop before its end.
        if (kind === 'problem') process.exitCode = UNSOUND
        print(printed.finding(kind, finding))
      }
      progress.next('verifying:')
      const events = { onProblem: tell('problem'), onNote: tell('note'), onVerified: progress.report }
      const verifying = file === undefined ? verifyStore(store, events) : verifyFile(file, events)
      const verified = await verifying.finally(progress.end)
      print(printed.summary(verified))
      if (verified.problems > 0) process.exitCode = UNSOUND
    })
}

interface Events {
  readonly onProblem: (problem: Finding) => void
  readonly onNote: (note: Finding) => void
  readonly onVerified: (entries: number, part: number | undefined) => void
}

async function verifyStore(store: StoreLocation, events: Events): Promise<Summary> {
  requireStore(store)
  // Loaded late, as in import.ts.
  const { verifyIn } = await import('../../compose.ts')
  return verifyIn(store, { ...events, onVerified: (entries) => events.onVerified(entries, undefined) })
}

async function verifyFile(file: string, events: Events): Promise<Summary> {
  const input = openInput(file)
  const { verifyFile: verify } = await import('../../compose.ts')
  const report = (entries: number) => events.onVerified(entries, input.part())
  const summary = await verify(input.chunks, { ...events, onVerified: report })
  // A backup that is empty because its export failed must not pass.
  if (summary.entries === 0 && summary.problems === 0) throw noHistory(file)
  return summary
}

function bothGiven(file: string): UsageError {
  return new UsageError(`${JSON.stringify(file)} and --store are both given; use one of them.`)
}

function noHistory(file: string): UsageError {
  return new UsageError(`${JSON.stringify(file)} has no entries; use the output of waypost export --history.`)
}

type Summary = Readonly<Record<'services' | 'entries' | 'problems' | 'notes', number>>

const asJson = {
  finding: (kind: string, { code, service, generation, message }: Finding) =>
    JSON.stringify({ kind, code, service, generation, message }),
  summary: (summary: Summary) => JSON.stringify({ kind: 'summary', ...summary }),
}

const asText = {
  finding: (kind: string, { service, generation, message }: Finding) => {
    const place = service === null ? '' : `${service} generation ${generation}: `
    return `${kind === 'note' ? 'note: ' : ''}${place}${message}`
  },
  summary: ({ services, entries, problems }: Summary) =>
    `verified ${count(services, 'service')}, ${count(entries, 'entry', 'entries')}: ${count(problems, 'problem')}.`,
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
