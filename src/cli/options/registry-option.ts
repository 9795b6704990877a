import { Command, InvalidArgumentError, Option } from 'commander'
import { type ChangeOptions, createRegistryClient, type EtagOptions, type RegistryClient } from '../../client/index.ts'

/** What the commands that call a registry have in common. */
export interface RegistryFlags {
  readonly registry: string
  readonly json?: boolean
}

/** What the commands that change something have in common. */
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
    .addOption(new Option('--json', 'print the answer as JSON, in one line for each item'))
}

/** A command that changes something: it also has `--etag`, `--validate-only` and `--request-id`. */
export function changeCommand(name: string, description: string): Command {
  return registryCommand(name, description)
    .addOption(new Option('--etag <etag>', 'change it only where it still has this etag'))
    .addOption(new Option('--validate-only', 'print what would happen, and change nothing'))
    .addOption(new Option('--request-id <id>', 'an id of this change: the same once more changes nothing'))
}

/** The options of a change from its flags. */
export function toChangeOptions({ etag, validateOnly, requestId }: ChangeFlags): ChangeOptions & EtagOptions {
  return { etag, validateOnly, requestId }
}

/** A client of the registry that the flags name. */
export function openClient({ registry }: RegistryFlags): RegistryClient {
  return createRegistryClient({ baseUrl: registry })
}

/** Adds `KEY=VALUE` to those before, for an option that may be given again. */
export function collectPair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('It must be NAME=VALUE.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

/** A whole number that is at least 1. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number, 1 or more.')
}
