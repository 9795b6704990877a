import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RevisionEndpoint, RevisionInformation } from '../../client/index.ts'
import { formatLabels, row } from '../output/row.ts'
import { parseJsonEndpoint } from './json-endpoint.ts'
import { RepeatableOption } from './repeatable-option.ts'

const labelHelp =
  'label of the revision, in the grammar of Kubernetes labels; repeat the option for each label, up to 64'
const endpointHelp =
  'address at which the revision can be reached, such as grpc=https://my-service.example.com, or a JSON object with ' +
  'the keys protocol, uri and (optionally) metadata; repeat the option for each endpoint, up to 16 with 65,536 ' +
  'characters in all'
const removedHelp = {
  registration: { labels: '', endpoints: '' },
  update: {
    labels: '; the other labels stay, except with --replace-labels',
    endpoints: '; all endpoints that the command does not name are removed',
  },
} as const

/** The flags with information about a revision. */
export interface InformationFlags {
  readonly label?: Readonly<Record<string, string>>
  readonly endpoint?: readonly RevisionEndpoint[]
  readonly description?: string
  readonly documentationUri?: string
}

/** Adds `--label`, `--endpoint`, `--description` and `--documentation-uri` to a command. */
export function withInformation(command: Command, kind: keyof typeof removedHelp): Command {
  const { labels, endpoints } = removedHelp[kind]
  return command
    .addOption(new RepeatableOption('--label <name=value>', labelHelp + labels, collectPair))
    .addOption(new RepeatableOption('--endpoint <protocol=uri>', endpointHelp + endpoints, collectEndpoint))
    .addOption(new Option('--description <text>', 'description for people: up to 4096 characters'))
    .addOption(
      new Option('--documentation-uri <uri>', 'address of its documentation: an https URI of up to 2048 characters'),
    )
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

/** Parses the `NAME=VALUE` of an option that may be repeated, and adds it to the earlier values. */
export function collectPair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('Use NAME=VALUE, such as tier=web.')
  const [name, value] = [text.slice(0, at), text.slice(at + 1)]
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError('Give each name once.')
  return { ...before, [name]: value }
}

function collectEndpoint(text: string, before: readonly RevisionEndpoint[] = []): RevisionEndpoint[] {
  const endpoint = text.startsWith('{') ? parseJsonEndpoint(text) : parseEndpoint(text)
  const isGiven = before.some((each) => JSON.stringify(each) === JSON.stringify(endpoint))
  if (isGiven) throw new InvalidArgumentError('Give each endpoint once.')
  return [...before, endpoint]
}

function parseEndpoint(text: string): RevisionEndpoint {
  const at = text.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('Use PROTOCOL=URI, such as grpc=https://my-service.example.com.')
  return { protocol: text.slice(0, at), uri: text.slice(at + 1) }
}
