import { type Command, Option } from 'commander'
import { fileCommand } from '../../config/config-commands.ts'
import { DEFAULT_PROFILE } from '../../config/profile-keys.ts'
import { openConfig } from '../../config/write-config.ts'
import { print } from '../../output/output.ts'

/** `waypost config list`: prints all profiles. */
export function listConfigCommand(): Command {
  return fileCommand('list', 'Print all profiles with their values. A star marks the current one.')
    .addOption(new Option('--json', 'print one line of JSON for each profile'))
    .addHelpText('after', '\nExample:\n  $ waypost config list')
    .action(async (flags: { json?: boolean }, command: Command) => {
      const { config } = await openConfig(command)
      const current = config.current ?? DEFAULT_PROFILE
      for (const [name, profile] of config.profiles) {
        const values = Object.fromEntries([...profile].map(([key, text]) => [key.replace('-', '_'), text]))
        if (flags.json) print(JSON.stringify({ profile: name, is_current: name === current, ...values }))
        else
          print(`${name === current ? '*' : ' '} ${name}`, ...[...profile].map(([key, text]) => `    ${key}: ${text}`))
      }
    })
}
