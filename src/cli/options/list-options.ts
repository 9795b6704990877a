import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ListFlags } from '../output/table.ts'
import { type RegistryFlags, registryCommand } from './registry-option.ts'

/** The flags that the lists have in common. */
export interface ListCommandFlags extends RegistryFlags, Pick<ListFlags, 'limit'> {}

/** A command that lists something: it also has `--limit`. */
export function listCommand(name: string, description: string): Command {
  const limit = new Option('--limit <count>', 'how many at most; default: all').argParser(parseCount)
  return registryCommand(name, description).addOption(limit)
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number, 1 or more.')
}
