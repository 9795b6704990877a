import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { checkClientOptions } from '../../client/calls/checks/client-checks.ts'
import { openClient as openRegistryClient } from '../../client/calls/client.ts'
import type { ChangeOptions, EtagOptions, RegistryClient } from '../../client/index.ts'
import { connectForUnary } from '../../client/transports/unary-transport.ts'
import { parsePath } from '../../config.ts'
import { setting } from './setting.ts'
import { StrictCommand } from './strict-command.ts'
import { quoteValue, UsageError } from './usage-error.ts'

/** The flags of every command that calls a registry. */
export interface RegistryFlags {
  readonly registry: string
  /** The path of the file; empty: none. */
  readonly ca: string
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

/** A command that calls a registry: it has `--registry` and `--json`. */
export function registryCommand(name: string, description: string): Command {
  return new StrictCommand(name)
    .description(description)
    .addOption(
      new Option('--registry <url>', 'URL of the registry, http or https, with its base path if it has one')
        .env('WAYPOST_REGISTRY')
        .default('http://127.0.0.1:8080'),
    )
    .addOption(setting('--ca <file>', caHelp, '', parsePath))
    .addOption(new Option('--json', 'print JSON with the keys of the REST API: one line for each item'))
    .hook('preAction', (command) => {
      const { registry } = command.opts<RegistryFlags>()
      if (command.getOptionValueSource('ca') !== 'cli' || registry.startsWith('https:')) return
      throw new UsageError(`--ca is only for https, but --registry is ${quoteValue(registry)}; use https.`, '--ca')
    })
}

const caHelp =
  'PEM file with the certificates of the authorities that may sign the certificate of the registry, or with this ' +
  'certificate itself; for https only; default: the authorities of Node'

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
    .addOption(new Option('--validate-only', 'check the change and print its result, without making it'))
    .addOption(new Option('--request-id <id>', requestIdHelp))
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
export function openClient({ registry, ca }: RegistryFlags): RegistryClient {
  const tls = ca !== '' && registry.startsWith('https:') ? { ca: readAuthorities(ca) } : undefined
  const options = { baseUrl: registry, tls }
  checkClientOptions(options)
  return openRegistryClient(options, connectForUnary)
}

function readAuthorities(path: string): string {
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  try {
    const text = readFileSync(path, 'utf8')
    new X509Certificate(text)
    return text
  } catch (error) {
    const isFound = !(error instanceof Error && 'syscall' in error)
    const problem = isFound ? 'has no certificate' : `cannot be read (${(error as NodeJS.ErrnoException).code})`
    const remedy = 'use the path of a PEM file with certificates'
    throw new UsageError(`--ca (WAYPOST_CA): the file ${JSON.stringify(path)} ${problem}; ${remedy}.`, '--ca')
  }
}
