import type { Command } from 'commander'
import { quoteValue, UsageError } from '../usage-error.ts'
import type { TokenSource } from './values.ts'

/** The origins of a value, from the weakest to the strongest. */
const origins = ['default', 'profile', 'env', 'cli']

/** The options that only a registry with `https` has. */
const ofTls = ['ca', 'cert', 'key'] as const

interface Given {
  readonly registry: string
  readonly token?: string
  readonly tokenFrom: TokenSource | ''
}

/**
 * Settles options that depend on each other, after flags, variables and the profile were read. The stronger of `--token`
 * and `--token-from` counts. Throws a `UsageError` if a flag would have no effect, or if two of them contradict each
 * other.
 */
export function settle(command: Command): void {
  settleToken(command)
  const { registry, tokenFrom } = command.opts<Given>()
  const isFlag = (name: string) => command.getOptionValueSource(name) === 'cli'
  const hasAudience = tokenFrom !== '' && tokenFrom.kind !== 'file'
  if (isFlag('audience') && !hasAudience) {
    throw new UsageError('--audience is only for --token-from github or google; give both, or none.', '--audience')
  }
  const unused = registry.startsWith('https:') ? undefined : ofTls.find(isFlag)
  if (unused === undefined) return
  throw new UsageError(
    `--${unused} is only for https, but --registry is ${quoteValue(registry)}; use https.`,
    `--${unused}`,
  )
}

function settleToken(command: Command): void {
  const { token, tokenFrom } = command.opts<Given>()
  if (token === undefined || tokenFrom === '') return
  const rankOf = (name: string) => origins.indexOf(command.getOptionValueSource(name) ?? 'default')
  const [one, other] = [rankOf('token'), rankOf('tokenFrom')]
  if (one === other) {
    const names = one === origins.indexOf('env') ? 'WAYPOST_TOKEN and WAYPOST_TOKEN_FROM' : '--token and --token-from'
    throw new UsageError(`${names} contradict each other; give one of them.`, '--token-from')
  }
  if (one < other) command.setOptionValueWithSource('token', undefined, 'default')
  else command.setOptionValueWithSource('tokenFrom', '', 'default')
}
