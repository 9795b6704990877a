import { Command, Option } from 'commander'
import type { ServiceSummary } from '../../client/index.ts'
import { type ChangeFlags, changeCommand, openClient, toChangeOptions } from '../options/registry-option.ts'
import { describeService, print, printChange, toJsonLine } from '../output/output.ts'

interface DefaultFlags extends ChangeFlags {
  readonly reason?: string
}

/** `waypost default`: sets and clears the default by hand. */
export function defaultCommand(): Command {
  return new Command('default')
    .description('Set or clear the default revision of a service by hand.')
    .addCommand(setCommand())
    .addCommand(clearCommand())
    .addHelpText(
      'after',
      '\nExample:\n  $ waypost default set my-org/my-service:1.2.8 --reason "1.2.9 answers too late"',
    )
}

function setCommand(): Command {
  return changeCommand('set', 'Make a revision the default, whatever the policy says.')
    .argument('<sruid>', 'the revision: namespace/name:revision_tag')
    .addOption(reasonOption())
    .addHelpText('after', '\nExample:\n  $ waypost default set my-org/my-service:1.2.8')
    .action(async (sruid: string, flags: DefaultFlags) => {
      const { reason } = flags
      report(await openClient(flags).setDefault(sruid, { reason, ...toChangeOptions(flags) }), flags)
    })
}

function clearCommand(): Command {
  return changeCommand('clear', 'Leave a service without a default, until a registration makes one.')
    .argument('<service>', 'namespace/name')
    .addOption(reasonOption())
    .addHelpText('after', '\nExample:\n  $ waypost default clear my-org/my-service')
    .action(async (service: string, flags: DefaultFlags) => {
      const { reason } = flags
      report(await openClient(flags).clearDefault(service, { reason, ...toChangeOptions(flags) }), flags)
    })
}

function reasonOption(): Option {
  return new Option('--reason <text>', 'why, for those who ask later')
}

function report(service: ServiceSummary, flags: DefaultFlags): void {
  if (flags.json) print(toJsonLine(service))
  else printChange([describeService(service)], flags)
}
