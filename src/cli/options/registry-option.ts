import { type Command, Option } from 'commander'
import { checkClientOptions } from '../../client/calls/checks/client-checks.ts'
import { openClient as openRegistryClient } from '../../client/calls/client.ts'
import type { ChangeOptions, EtagOptions, RegistryClient } from '../../client/index.ts'
import { connectForUnary } from '../../client/transports/unary-transport.ts'
import { applyProfile } from '../config/profile.ts'
import { failureSettings } from '../output/failure.ts'
import { callingOptions, profileOptions } from './calling/calling-options.ts'
import { type CredentialFlags, describeCredential, tokenOf } from './calling/credential.ts'
import { settle } from './calling/settle.ts'
import { readTlsFiles, type TlsPaths } from './calling/tls-files.ts'
import { StrictCommand } from './strict-command.ts'

/** The flags of every command that calls a registry. */
export interface RegistryFlags extends TlsPaths, CredentialFlags {
  /** How long a call may take, in milliseconds. */
  readonly timeout: number
  readonly json?: boolean
}

/** The flags of every command that changes something. */
export interface ChangeFlags extends RegistryFlags {
  readonly etag?: string
  readonly validateOnly?: boolean
  readonly requestId?: string
}

/** The help of `--request-id`. */
export const requestIdHelp =
  'id of this change: 1 to 128 letters, digits, "_", ".", ":" or "-"; if you repeat the change with the same id, ' +
  'nothing changes and the first result is printed again; default: a new id'

/** A command that calls a registry: it has the options of every call, and `--json`. */
export function registryCommand(name: string, description: string): Command {
  const command = new StrictCommand(name).description(description)
  for (const option of [...callingOptions(), ...profileOptions()]) command.addOption(option)
  return command
    .addOption(new Option('--json', 'print JSON with the keys of the REST API: one line for each item'))
    .hook('preAction', async (command) => {
      await applyProfile(command)
      settle(command)
    })
}

/** The help of `--etag` for each kind of thing that has an etag. It says which command prints the etag. */
const etagHelp = {
  revision: 'make the change only if this is still the etag of the revision (see `waypost get SRUID --full`)',
  service: 'make the change only if this is still the service etag (see `waypost get SRUID --full`, with any revision)',
  alias: 'make the change only if this is still the etag of the alias (see `waypost alias get … --json`)',
} as const

/** A command that changes something: it also has `--etag`, `--validate-only` and `--request-id`. */
export function changeCommand(name: string, description: string, changed: keyof typeof etagHelp): Command {
  return registryCommand(name, description)
    .addOption(new Option('--etag <etag>', etagHelp[changed]))
    .addOption(validateOnlyOption('check the change and print its result and its effect, without making it'))
    .addOption(new Option('--request-id <id>', requestIdHelp))
}

/** `--validate-only`. Its other name is `--dry-run`. */
export function validateOnlyOption(help: string): Option {
  return new Option('--dry-run, --validate-only', help)
}

/** The help of the argument `<service>`. */
export const serviceHelp = 'the service: namespace/name, such as my-org/my-service'

/** The help of the argument `<alias>`. */
export const aliasHelp = 'the name of the alias, such as beta'

/** The help of the argument `<sruid>`. */
export const sruidHelp = 'the revision: namespace/name:revision_tag, such as my-org/my-service:1.2.9'

/** A command that changes one revision: it also has the argument `<sruid>`. */
export function revisionCommand(name: string, description: string): Command {
  return changeCommand(name, description, 'revision').argument('<sruid>', sruidHelp)
}

/** The client's options for a change, from the flags of the command. */
export function toChangeOptions({ etag, validateOnly, requestId }: ChangeFlags): ChangeOptions & EtagOptions {
  return { etag, validateOnly, requestId }
}

/** Opens a client of the registry that the flags name. */
export function openClient(flags: RegistryFlags): RegistryClient {
  const { registry: baseUrl, timeout: timeoutMs } = flags
  // Variables and profiles may name files of TLS for the other registries.
  const tls = baseUrl.startsWith('https:') ? readTlsFiles(flags) : undefined
  const options = { baseUrl, timeoutMs, token: tokenOf(flags), tls }
  checkClientOptions(options)
  failureSettings.credential = describeCredential(flags)
  return openRegistryClient(options, connectForUnary)
}
