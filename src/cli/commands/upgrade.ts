import { type Command, Option } from 'commander'
import { defaults } from '../../config/serve-config.ts'
import { parseStore, type StoreLocation } from '../../config/store-location.ts'
import { setting } from '../options/setting.ts'
import { StrictCommand } from '../options/strict-command.ts'
import { UsageError } from '../options/usage-error.ts'
import { print, toJsonLine } from '../output/output.ts'

interface UpgradeFlags {
  readonly store: StoreLocation
  readonly status?: boolean
  readonly finish?: boolean
  readonly json?: boolean
}

const storeHelp =
  'store to upgrade: sqlite:PATH for an existing file, or the connection string of MongoDB, mongodb://… or mongodb+srv://…'

/** The texts for each form that a store is written in. */
const statusTexts = {
  2: 'new entries are written in form 2; run waypost upgrade --finish once no older version runs on the store',
  3: 'new entries are written in form 3; the upgrade is finished',
} as const

const resultTexts = {
  finished: 'the upgrade is finished; new entries are written in form 3',
  'was-finished': 'the upgrade was finished before; new entries are written in form 3',
} as const

/** `waypost upgrade`: shows or finishes the upgrade of a store. */
export function upgradeCommand(): Command {
  return new StrictCommand('upgrade')
    .summary('Show the form that a store is written in, or finish its upgrade from an older version.')
    .description(
      'Show the form that a store is written in, or finish its upgrade from an older version. Until the upgrade is ' +
        'finished, servers of this version write the form that the older version can read, so that both can run on the ' +
        'store. After the upgrade is finished, the older version can no longer read or write the store. Servers of this ' +
        'version may run on the store at the same time.',
    )
    .addOption(new Option('--status', 'print the form of new entries, and the next step').conflicts('finish'))
    .addOption(new Option('--finish', 'finish the upgrade; a second time does nothing').conflicts('json'))
    .addOption(setting('--store <location>', storeHelp, defaults.store, parseStore))
    .addOption(new Option('--json', 'print the status as JSON'))
    .addHelpText('after', '\nExample:\n  $ waypost upgrade --status --store sqlite:waypost.db')
    .action(async ({ store, status, finish, json }: UpgradeFlags) => {
      if (finish) return finishUpgradeOf(store)
      if (status) return printStatus(store, json)
      throw new UsageError('the command needs --status or --finish; give one of them.')
    })
}

async function printStatus(location: StoreLocation, isJson = false): Promise<void> {
  // Loaded late, as in import.ts.
  const { formOfStore } = await import('../../compose.ts')
  const form = await formOfStore(location)
  print(isJson ? toJsonLine({ form, isFinished: form === 3 }) : statusTexts[form])
}

async function finishUpgradeOf(location: StoreLocation): Promise<void> {
  const { finishUpgrade } = await import('../../compose.ts')
  print(resultTexts[await finishUpgrade(location)])
}
