import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ListFlags } from '../output/table.ts'
import { type RegistryFlags, registryCommand } from './registry-option.ts'

/** The flags of every command that prints a list. */
export interface ListCommandFlags extends RegistryFlags, Pick<ListFlags, 'limit'> {}

/** A command that prints a list: it has `--registry`, `--json` and `--limit`. */
export function listCommand(name: string, description: string): Command {
  const limit = new Option(
    '--limit <count>',
    `how many items to print at most: 1 to ${MAX_LIMIT}; default: all`,
  ).argParser(parseCount)
  return registryCommand(name, description).addOption(limit)
}

const MAX_LIMIT = 999_999_999

function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`Use a whole number from 1 to ${MAX_LIMIT}.`)
}
