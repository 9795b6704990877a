import { type Command, Option } from 'commander'
import type { ServiceSummary } from '../../../client/index.ts'
import { type ChangeFlags, changeCommand } from '../../options/registry-option.ts'
import { describeService, print, printChange, toJsonLine } from '../../output/output.ts'

export interface DefaultFlags extends ChangeFlags {
  readonly reason?: string
}

/** A command that changes the default revision of a service: it also has `--reason`. */
export function defaultChangeCommand(name: string, description: string): Command {
  return changeCommand(name, description, 'service').addOption(
    new Option('--reason <text>', 'why, for people who ask later: up to 1024 characters'),
  )
}

/** Prints the service that a command has changed. */
export function printService(service: ServiceSummary, flags: DefaultFlags): void {
  if (flags.json) print(toJsonLine(service))
  else printChange([describeService(service)], flags)
}
