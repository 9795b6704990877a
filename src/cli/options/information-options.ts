import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RevisionEndpoint, RevisionInformation } from '../../client/index.ts'
import { formatLabels, row } from '../output/row.ts'

/** The flags with information about a revision. */
export interface InformationFlags {
  readonly label?: Readonly<Record<string, string>>
  readonly endpoint?: readonly RevisionEndpoint[]
  readonly description?: string
  readonly documentationUri?: string
}

/** Adds `--label`, `--endpoint`, `--description` and `--documentation-uri` to a command. */
export function withInformation(command: Command): Command {
  return command
    .addOption(
      new Option('--label <name=value>', 'a label; repeatable; together they are all labels').argParser(collectPair),
    )
    .addOption(
      new Option(
        '--endpoint <protocol=uri>',
        'an address of the revision, or JSON with protocol, uri and metadata; repeatable',
      ).argParser(collectEndpoint),
    )
    .addOption(new Option('--description <text>', 'a description for people'))
    .addOption(new Option('--documentation-uri <uri>', 'the https address of its documentation'))
}

/** The information that the flags give. */
export function toInformation({
  label,
  endpoint,
  description,
  documentationUri,
}: InformationFlags): RevisionInformation {
  return { labels: label, endpoints: endpoint, description, documentationUri }
}

/** The parts that `--clear` can empty. */
export const emptyParts = {
  labels: { labels: {} },
  endpoints: { endpoints: [] },
  description: { description: '' },
  'documentation-uri': { documentationUri: '' },
} as const satisfies Readonly<Record<string, RevisionInformation>>

/** The lines for the information about a revision. */
export function describeInformation(revision: RevisionInformation): string[] {
  const { labels = {}, endpoints = [], description, documentationUri } = revision
  return [
    ...row('description', description),
    ...row('documentation', documentationUri),
    ...row('labels', formatLabels(labels)),
    ...endpoints.flatMap(({ protocol, uri, metadata = {} }) =>
      row('endpoint', [protocol, uri, formatLabels(metadata)].filter(Boolean).join(' ')),
    ),
  ]
}

/** Adds `NAME=VALUE` to those before, for an option that may be repeated. */
export function collectPair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('It must be NAME=VALUE.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
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
