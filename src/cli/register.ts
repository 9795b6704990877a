import { Command, Option } from 'commander'
import { createRegistryClient } from '../client/index.ts'
import { formatRevision } from './output.ts'
import { jsonOption, type RegistryCallOptions, registryOption } from './registry-option.ts'

interface RegisterFlags extends RegistryCallOptions {
  readonly default?: boolean
}

/** `waypost register`: registers a revision. */
export function registerCommand(): Command {
  return new Command('register')
    .description('Register a revision of a service. Registering it again changes nothing.')
    .argument('<sruid>', 'the revision: namespace/name:revision_tag')
    .addOption(new Option('--default', 'make it the default revision, whatever the policy says'))
    .addOption(new Option('--no-default', 'do not make it the default revision, whatever the policy says'))
    .addOption(registryOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ waypost register my-org/my-service:1.2.9')
    .action(async (sruid: string, flags: RegisterFlags) => {
      const client = createRegistryClient({ baseUrl: flags.registry })
      const options = flags.default === undefined ? {} : { isDefault: flags.default }
      const { revision, replayed } = await client.register(sruid, options)
      const note = replayed && !flags.json ? ', already registered' : ''
      process.stdout.write(`${formatRevision(revision, flags.json)}${note}\n`)
    })
}
