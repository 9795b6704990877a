import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RevisionEndpoint } from '../../client/index.ts'
import { collectPair } from './registry-option.ts'

/** What is said of a revision on the command line. */
export interface InformationFlags {
  readonly label?: Readonly<Record<string, string>>
  readonly endpoint?: readonly RevisionEndpoint[]
  readonly description?: string
}

/** Adds `--label`, `--endpoint` and `--description` to a command. */
export function withInformation(command: Command): Command {
  return command
    .addOption(new Option('--label <name=value>', 'a label; may be given again').argParser(collectPair))
    .addOption(
      new Option(
        '--endpoint <protocol=uri>',
        'where it can be reached, or JSON with protocol, uri and metadata; may be given again',
      ).argParser(collectEndpoint),
    )
    .addOption(new Option('--description <text>', 'what it is, for people'))
}

function collectEndpoint(text: string, before: readonly RevisionEndpoint[] = []): RevisionEndpoint[] {
  if (text.startsWith('{')) return [...before, parseEndpoint(text)]
  const [[protocol, uri] = []] = Object.entries(collectPair(text))
  return [...before, { protocol: protocol ?? '', uri: uri ?? '' }]
}

function parseEndpoint(text: string): RevisionEndpoint {
  const { protocol = '', uri = '', metadata = {} } = parseObject(text)
  if (typeof protocol === 'string' && typeof uri === 'string' && isOfTexts(metadata)) return { protocol, uri, metadata }
  throw new InvalidArgumentError('Its JSON must have protocol and uri, and may have metadata: all of it texts.')
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It must be PROTOCOL=URI, or JSON.')
  }
}

function isOfTexts(value: unknown): value is Readonly<Record<string, string>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && Object.values(value).every((part) => typeof part === 'string')
}
