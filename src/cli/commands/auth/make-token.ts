import { type Command, Option } from 'commander'
import { StrictCommand } from '../../options/strict-command.ts'
import { quoteValue, UsageError } from '../../options/usage-error.ts'
import { print } from '../../output/output.ts'

/** `waypost auth token`: makes a static token. */
export function makeTokenCommand(): Command {
  return new StrictCommand('token')
    .summary('Make a static token, and the line for it in the access file.')
    .description(
      'Make a static token with 256 random bits, and the line for it in the access file, which has only its hash. The ' +
        'token is printed once and stored nowhere. It is valid until its line is removed from the file.',
    )
    .argument('<name>', 'the name of the token in grants, such as ci-legacy')
    .addOption(new Option('--json', 'print one line of JSON with the name, the token and the hash'))
    .addHelpText('after', '\nExample:\n  $ waypost auth token ci-legacy')
    .action(async (name: string, { json = false }: { readonly json?: boolean }) => {
      // Loaded late, because the other commands start faster without it.
      const { allowedTokenNames, isTokenName } = await import('../../../auth/file/token-name.ts')
      if (!isTokenName(name)) {
        throw new UsageError(`name ${quoteValue(name)} is not valid; use ${allowedTokenNames}.`, 'name')
      }
      // A bundle loads the modules of Node that it imports at its start, and this one is slow.
      const { createHash, randomBytes } = process.getBuiltinModule('node:crypto')
      // The beginning lets programs that look for leaked secrets find it.
      const token = `waypost_${randomBytes(32).toString('base64url')}`
      const sha256 = createHash('sha256').update(token).digest('hex')
      if (json) print(JSON.stringify({ name, token, sha256 }))
      else print(...describeToken({ name, token, sha256 }))
    })
}

type Made = Readonly<Record<'name' | 'token' | 'sha256', string>>

function describeToken({ name, token, sha256 }: Made): string[] {
  return [
    `token: ${token}`,
    'Give it to its user now, because it is stored nowhere. Add this line to tokens in the access file:',
    `  - { name: ${JSON.stringify(name)}, sha256: ${sha256} }`,
  ]
}
