import { type Command, Option } from 'commander'
import { type AtFlags, atOption } from '../options/point-option.ts'
import { openClient, type RegistryFlags, registryCommand } from '../options/registry-option.ts'
import {
  type SelectionFlags,
  type TargetingFlags,
  targetingOption,
  toSelection,
  withSelection,
} from '../options/selection-options.ts'
import { describeRevision, print, toJsonLine } from '../output/output.ts'

interface GetFlags extends RegistryFlags, SelectionFlags, TargetingFlags, AtFlags {
  readonly explain?: boolean
  readonly full?: boolean
}

/** `waypost get`: prints a revision. */
export function getCommand(): Command {
  return withSelection(
    registryCommand('get', 'Print the default revision of a service, or the revision that the options select.'),
  )
    .addOption(targetingOption())
    .addOption(atOption())
    .addOption(new Option('--explain', 'also print why this revision was selected'))
    .addOption(
      new Option(
        '--full',
        'also print its state, its etag, the etag, the generation and the hash of its service, and when it was registered, and by whom if you may see it',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost get my-org/my-service --range "^1.2" --explain')
    .action(async (service: string, flags: GetFlags) => {
      const view = flags.full ? 'FULL' : 'BASIC'
      const { targetingKey, at, explain } = flags
      const selection = { ...toSelection(service, flags), targetingKey, at }
      const revision = await openClient(flags).get(service, { ...selection, explain, view })
      print(...(flags.json ? [toJsonLine(revision)] : describeRevision(revision)))
    })
}
