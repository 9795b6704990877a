import { type Command, Option } from 'commander'
import type { WhoAmIResult } from '../../client/index.ts'
import { type Permission, permissions } from '../../domain/access/permission.ts'
import { NOT_ALLOWED } from '../exit-codes.ts'
import { openClient, type RegistryFlags, registryCommand } from '../options/registry-option.ts'
import { UsageError } from '../options/usage-error.ts'
import { print, toJsonLine } from '../output/output.ts'
import { row } from '../output/row.ts'

interface WhoAmIFlags extends RegistryFlags {
  readonly permission?: Permission
  readonly on?: string
}

/** `waypost whoami`: prints who the caller is. */
export function whoamiCommand(): Command {
  return registryCommand(
    'whoami',
    'Print who you are for the registry, and what you may do. With --permission, end with exit code 7 if you do not ' +
      'have the permission.',
  )
    .addOption(new Option('--permission <permission>', 'permission to check').choices([...permissions]))
    .addOption(
      new Option(
        '--on <service>',
        'service for which --permission is checked: namespace/name; it does not need to exist; default: any service',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost whoami --permission register --on my-org/my-service')
    .action(async (flags: WhoAmIFlags) => {
      const { permission, on: resource } = flags
      if (resource !== undefined && permission === undefined) {
        throw new UsageError('--on needs --permission; give both, or none of them.', '--on')
      }
      const answer = await openClient(flags).whoAmI({ permission, resource })
      print(...(flags.json ? [toJsonLine(answer)] : describeCaller(answer, flags)))
      if (answer.check?.allowed === false) process.exitCode = NOT_ALLOWED
    })
}

function describeCaller({ caller, grants, check }: WhoAmIResult, { permission, on }: WhoAmIFlags): string[] {
  const { name, kind, issuer, subject, claims } = caller
  const why = check?.explanation === undefined ? '' : `: ${check.explanation}`
  return [
    name,
    ...[
      ...row('credential', kind.toLowerCase().replaceAll('_', ' ')),
      ...row('issuer', issuer),
      ...row('subject', subject),
      ...Object.entries(claims).flatMap(([claim, value]) => row(`claim ${claim}`, value)),
      ...grants.flatMap((grant) => row('may', `${grant.permissions.join(', ')} on ${grant.on.join(', ')}`)),
      ...row(`${permission} on ${on ?? 'any service'}`, check && (check.allowed ? 'yes' : `no${why}`)),
    ].map((line) => `  ${line}`),
  ]
}
