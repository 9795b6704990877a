import { Command } from 'commander'
import { createRegistryClient } from '../client/index.ts'
import { formatRevision } from './output.ts'
import { jsonOption, type RegistryCallOptions, registryOption } from './registry-option.ts'

/** `waypost get`: prints a revision. */
export function getCommand(): Command {
  return new Command('get')
    .description('Print the default revision of a service, or one revision of it.')
    .argument('<service>', 'namespace/name, or namespace/name:revision_tag')
    .addOption(registryOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ waypost get my-org/my-service')
    .action(async (service: string, { registry, json }: RegistryCallOptions) => {
      const revision = await createRegistryClient({ baseUrl: registry }).get(service)
      process.stdout.write(`${formatRevision(revision, json)}\n`)
    })
}
