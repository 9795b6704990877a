import { type Command, Option } from 'commander'
import type { ServiceSummary } from '../../../client/index.ts'
import { type ChangeFlags, changeCommand } from '../../options/registry-option.ts'
import { describeService, print, printChange, toJsonLine } from '../../output/output.ts'

export interface DefaultFlags extends ChangeFlags {
  readonly reason?: string
}

/** A command that changes the default: it also has `--reason`. */
export function defaultChangeCommand(name: string, description: string): Command {
  return changeCommand(name, description).addOption(new Option('--reason <text>', 'why, for people who ask later'))
}

/** Prints the service that a command has changed. */
export function printService(service: ServiceSummary, flags: DefaultFlags): void {
  if (flags.json) print(toJsonLine(service))
  else printChange([describeService(service)], flags)
}
