import { type Command, Option } from 'commander'
import { ConfigError } from '../../../config/config-error.ts'
import { type Permission, permissions, type Resource } from '../../../domain/access/permission.ts'
import { RegistryError } from '../../../domain/errors.ts'
import { parseServiceReference } from '../../../domain/sruid.ts'
import { UNSOUND } from '../../exit-codes.ts'
import { readJsonObject } from '../../options/json-input.ts'
import { StrictCommand } from '../../options/strict-command.ts'
import { quoteValue, UsageError } from '../../options/usage-error.ts'
import { print } from '../../output/output.ts'

interface CheckFlags {
  readonly claims?: string
  readonly permission?: string
  readonly on?: string
  readonly json?: boolean
}

/** `waypost auth check`: checks an access file, and evaluates claims by it. */
export function checkAuthCommand(): Command {
  return new StrictCommand('check')
    .summary('Check an access file, and tell what a token with some claims may do by it.')
    .description(
      'Check an access file as `waypost serve --auth` does. It prints a line for each problem and each warning, and exits ' +
        'with 6 if there is a problem. With --claims, it also tells which grants apply to a token with these claims. With ' +
        '--permission, it tells whether the token has the permission, and exits with 6 if it has not. No token is needed, ' +
        'and no issuer is asked.',
    )
    .argument('<file>', 'the access file')
    .addOption(new Option('--claims <file>', 'JSON file with the claims of a token; - reads standard input'))
    .addOption(
      new Option('--permission <permission>', 'permission to look for; needs --claims').choices([...permissions]),
    )
    .addOption(new Option('--on <service>', 'service that the permission is about: namespace/name; default: any'))
    .addOption(new Option('--json', 'print each problem, warning, grant and decision as a line of JSON'))
    .addHelpText('after', '\nExample:\n  $ waypost auth check access.yaml')
    .action(check)
}

async function check(file: string, { claims, permission, on, json = false }: CheckFlags): Promise<void> {
  if (permission !== undefined && claims === undefined) throw needs('--permission', '--claims')
  if (on !== undefined && permission === undefined) throw needs('--on', '--permission')
  // Loaded late, because the other commands start faster without it.
  const { checkAccessFile, describeChecked } = await import('../../../auth/file/check-file.ts')
  const question = {
    claims: claims === undefined ? undefined : await readJsonObject(claims, '--claims'),
    permission: permission as Permission | undefined,
    resource: on === undefined ? null : toService(on),
  }
  const findings = naming(() => checkAccessFile(file, question))
  print(...findings.map((finding) => (json ? JSON.stringify(finding) : describeChecked(file, finding))))
  const isBad = findings.some((finding) => finding.kind === 'problem' || ('allowed' in finding && !finding.allowed))
  if (isBad) process.exitCode = UNSOUND
}

function toService(text: string): Resource {
  try {
    const { service, revisionTag } = parseServiceReference(text)
    if (revisionTag === undefined) return service
  } catch (cause) {
    if (!(cause instanceof RegistryError)) throw cause
  }
  throw new UsageError(`--on ${quoteValue(text)} is not valid; use a service, such as my-org/my-service.`, '--on')
}

// A file that cannot be read is a mistake of the command line.
function naming<T>(use: () => T): T {
  try {
    return use()
  } catch (cause) {
    throw new ConfigError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function needs(flag: string, other: string): UsageError {
  return new UsageError(`${flag} is given without ${other}; add ${other}.`, flag)
}
