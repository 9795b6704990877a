import type {
  PolicyDecision,
  RevisionExplanation,
  ServiceAlias,
  ServiceRevision,
  ServiceSummary,
} from '../../client/index.ts'

/** Prints lines. */
export function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}

/** Prints what a change has made, or would make where it was only validated. */
export function printChange(lines: readonly string[], { validateOnly }: { readonly validateOnly?: boolean }): void {
  print(...lines, ...(validateOnly ? ['only validated: nothing was changed'] : []))
}

/** An answer as one line of JSON, with the API's keys. */
export function toJsonLine(answer: object): string {
  return JSON.stringify(toApi(answer))
}

/** The lines for a revision: its SRUID and whether it is the default, then what is known of it. */
export function describeRevision(revision: ServiceRevision): string[] {
  const { namespace, name, revisionTag, isDefault, explanation } = revision
  const title = `${namespace}/${name}:${revisionTag}${isDefault ? ' (default)' : ''}`
  return [title, ...details(revision).map(indent), ...(explanation ? explain(explanation) : [])]
}

function details(revision: ServiceRevision): string[] {
  const { state, deprecation, yank, labels = {}, endpoints = [], description, source } = revision
  const { registerTime, registeredBy, etag, serviceEtag, pubSubTopic } = revision
  const use = deprecation?.replacement ? `, use ${deprecation.replacement}` : ''
  const why = deprecation?.message || yank?.reason
  return [
    ...row('state', state && `${state.toLowerCase()}${use}${why ? `: ${why}` : ''}`),
    ...row('description', description),
    ...row('labels', formatLabels(labels)),
    ...endpoints.flatMap(({ protocol, uri, metadata = {} }) =>
      row('endpoint', [protocol, uri, formatLabels(metadata)].filter(Boolean).join(' ')),
    ),
    ...row('source', source && [source.repository, source.commit, source.imageDigest].filter(Boolean).join(' ')),
    ...row('registered', registerTime && `${registerTime.toISOString()} by ${registeredBy}`),
    ...row('etag', etag),
    ...row('service etag', serviceEtag),
    ...row('pub/sub topic', pubSubTopic),
  ]
}

function explain({ description, rejected }: RevisionExplanation): string[] {
  return [
    ...row('why', description),
    ...rejected.flatMap(({ revisionTag, reason }) => row(`not ${revisionTag}`, reason)),
  ].map(indent)
}

/** The lines for a service. */
export function describeService({ namespace, name, defaultRevisionTag }: ServiceSummary): string {
  return `${namespace}/${name}: ${defaultRevisionTag === undefined ? 'no default' : `the default is ${defaultRevisionTag}`}`
}

/** The line for an alias. */
export function describeAlias({ alias, revisionTag, follows, includePrerelease }: ServiceAlias): string {
  const how = follows === undefined ? '' : ` (follows ${follows}${includePrerelease ? ', pre-releases included' : ''})`
  return `${alias}: ${revisionTag ?? 'no revision'}${how}`
}

/** The line for what a policy says of a revision. */
export function describeDecision(sruid: string, { policy, becomesDefault, ...context }: PolicyDecision): string {
  const told = Object.entries({
    'the default is': context.currentDefault,
    'the highest version is': context.highestVersion,
    'the highest release is': context.highestRelease,
  }).map(([words, tag]) => `${words} ${tag ?? 'none'}`)
  return `${sruid} would ${becomesDefault ? 'become' : 'not become'} the default by ${policy}: ${told.join(', ')}`
}

/** Labels as they are given on the command line. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

// In one line, so that no text looks like another.
function row(title: string, text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : [`${title}: ${text.replaceAll(/\s+/g, ' ')}`]
}

function indent(line: string): string {
  return `  ${line}`
}

// As over REST, what is empty is left out. Names of labels and of metadata are their owners'.
function toApi(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toApi)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const isFree = (key: string) => key === 'labels' || key === 'metadata'
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== '')
      .map(([key, part]) => [toSnakeCase(key), isFree(key) ? part : toApi(part)]),
  )
}

function toSnakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
