import { type Command, Option } from 'commander'
import type { ServiceSummary } from '../../../client/index.ts'
import { type ConfirmedFlags, withConfirmation } from '../../options/confirmation.ts'
import { changeCommand } from '../../options/registry-option.ts'
import { describeService, print, printChange, toJsonLine } from '../../output/output.ts'

export interface DefaultFlags extends ConfirmedFlags {
  readonly reason?: string
}

/** A command that changes the choices of a service: it asks on a terminal, and also has `--reason` and `--yes`. */
export function choiceCommand(name: string, description: string): Command {
  return withConfirmation(changeCommand(name, description, 'service')).addOption(
    new Option('--reason <text>', 'why, for people who ask later: up to 1024 characters'),
  )
}

/** Prints the service that a command has changed. */
export function printService(service: ServiceSummary, flags: DefaultFlags): void {
  if (flags.json) print(toJsonLine(service))
  else printChange(describeService(service), flags)
}
