import { Command, Option } from 'commander'
import { type ChangeOptions, createRegistryClient, type EtagOptions, type RegistryClient } from '../../client/index.ts'

/** The flags of every command that calls a registry. */
export interface RegistryFlags {
  readonly registry: string
  readonly json?: boolean
}

/** The flags of every command that changes something. */
export interface ChangeFlags extends RegistryFlags {
  readonly etag?: string
  readonly validateOnly?: boolean
  readonly requestId?: string
}

/** A command that calls a registry: it has `--registry` and `--json`. */
export function registryCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(
      new Option('--registry <url>', 'where the registry is').env('WAYPOST_REGISTRY').default('http://127.0.0.1:8080'),
    )
    .addOption(new Option('--json', 'print the answer as JSON, one line for each item'))
}

/** A command that changes something: it also has `--etag`, `--validate-only` and `--request-id`. */
export function changeCommand(name: string, description: string): Command {
  return registryCommand(name, description)
    .addOption(new Option('--etag <etag>', 'change it only if it still has this etag'))
    .addOption(new Option('--validate-only', 'print what the change would do, without making it'))
    .addOption(new Option('--request-id <id>', 'an id of this change: repeating it with the same id changes nothing'))
}

/** A command that changes one revision: it also has the argument `<sruid>`. */
export function revisionCommand(name: string, description: string): Command {
  return changeCommand(name, description).argument('<sruid>', 'the revision: namespace/name:revision_tag')
}

/** The options of a change from its flags. */
export function toChangeOptions({ etag, validateOnly, requestId }: ChangeFlags): ChangeOptions & EtagOptions {
  return { etag, validateOnly, requestId }
}

/** A client of the registry that the flags name. */
export function openClient({ registry }: RegistryFlags): RegistryClient {
  return createRegistryClient({ baseUrl: registry })
}
