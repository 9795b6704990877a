import { type Command, InvalidArgumentError, Option } from 'commander'
import { callTokenLifetimeS } from '../../domain/access/call-token-lifetime.ts'
import { openClient, type RegistryFlags, registryCommand } from '../options/registry-option.ts'
import {
  type SelectionFlags,
  type TargetingFlags,
  targetingOption,
  toSelection,
  withSelection,
} from '../options/selection-options.ts'
import { print, toJsonLine } from '../output/output.ts'

interface TokenFlags extends RegistryFlags, SelectionFlags, TargetingFlags {
  readonly lifetime?: number
}

const { shortest, longest, usual } = callTokenLifetimeS

/** `waypost token`: prints a token to call a revision. */
export function tokenCommand(): Command {
  return withSelection(
    registryCommand(
      'token',
      'Print a token to call the default revision of a service, or the revision that the options select, and nothing ' +
        'else. With --json, print the revision and the end of the token, too.',
    ),
  )
    .addOption(targetingOption())
    .addOption(
      new Option(
        '--lifetime <seconds>',
        `how long the token is valid, in seconds: ${shortest} to ${longest}; default: ${usual}`,
      ).argParser(parseLifetime),
    )
    .addHelpText(
      'after',
      '\nTo call the revision:\n  $ curl -H "Authorization: Bearer $(waypost token my-org/my-service)" URL',
    )
    .addHelpText('after', '\nExample:\n  $ waypost token my-org/my-service --range "^1.2"')
    .action(async (service: string, flags: TokenFlags) => {
      const { targetingKey, lifetime: lifetimeSeconds } = flags
      const selection = { ...toSelection(service, flags), targetingKey, lifetimeSeconds }
      const { revision, accessToken, expiresAt } = await openClient(flags).callToken(service, selection)
      const expiresIn = Math.max(0, Math.floor((expiresAt - Date.now()) / 1_000))
      print(flags.json ? toJsonLine({ revision, accessToken, tokenType: 'Bearer', expiresIn }) : accessToken)
    })
}

function parseLifetime(text: string): number {
  if (/^\d{2,4}$/.test(text) && Number(text) >= shortest && Number(text) <= longest) return Number(text)
  throw new InvalidArgumentError(`Use a whole number from ${shortest} to ${longest}.`)
}
