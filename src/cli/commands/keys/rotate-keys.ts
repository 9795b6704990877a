import { type Command, Option } from 'commander'
import { ConfigError } from '../../../config/config-error.ts'
import { StrictCommand } from '../../options/strict-command.ts'
import { print } from '../../output/output.ts'

/** `waypost keys rotate`: adds a key, and removes the old ones. */
export function rotateKeysCommand(): Command {
  return new StrictCommand('rotate')
    .summary('Add a key to a directory of signing keys, and remove the keys that no valid token needs.')
    .description(
      'Add a key to the directory that servers have as --signing-keys, and remove the keys that no valid token needs. ' +
        'The servers publish the new key at once, and sign with it 15 minutes later. The first key of a directory signs ' +
        'at once. The directory is created if it does not exist. Servers do not need to be restarted.',
    )
    .argument('<directory>', 'the directory of the keys')
    .addOption(new Option('--json', 'print the outcome as one line of JSON'))
    .addHelpText('after', '\nExample:\n  $ waypost keys rotate /var/lib/waypost/keys')
    .action(async (directory: string, { json = false }: { readonly json?: boolean }) => {
      // Loaded late, because the other commands start faster without it.
      const { rotateKeys } = await import('../../../call-tokens/keys/key-directory.ts')
      const { added, removed } = await rotateKeys(directory, Date.now()).catch((cause) => {
        throw new ConfigError(explain(directory, cause), { cause })
      })
      const due = new Date(added.dueAt).toISOString()
      if (json) print(JSON.stringify({ kid: added.kid, due, file: added.path, removed }))
      else print(`added ${added.path}, which signs from ${due}`, ...removed.map((path) => `removed ${path}`))
    })
}

function explain(directory: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === undefined) return message
  return `the directory ${JSON.stringify(directory)} cannot be used (${code}); use one that you may change, in a folder that exists.`
}
