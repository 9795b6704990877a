import type {
  ChangeEffect,
  PolicyDecision,
  RevisionExplanation,
  ServiceAlias,
  ServiceRevision,
  ServiceSummary,
} from '../../client/index.ts'
import { describeInformation } from '../options/information-options.ts'
import { describeEffect } from './describe-effect.ts'
import { row } from './row.ts'
import { print } from './standard-output.ts'

export { print }

/** Prints the result of a change, and a note if the change was only validated. */
export function printChange(lines: readonly string[], { validateOnly }: { readonly validateOnly?: boolean }): void {
  print(...lines, ...(validateOnly ? ['only validated: nothing was changed'] : []))
}

/** An answer as one line of JSON, with the keys of the REST API. */
export function toJsonLine(answer: object): string {
  return JSON.stringify(toApi(answer))
}

/** Prints the revision that a command has changed. */
export function printRevision(
  revision: ServiceRevision,
  flags: { readonly json?: boolean; readonly validateOnly?: boolean },
): void {
  if (flags.json) print(toJsonLine(revision))
  else printChange(describeRevision(revision), flags)
}

/** The lines for a revision: its SRUID and whether it is the default, then its other properties. */
export function describeRevision(revision: ServiceRevision): string[] {
  const { namespace, name, revisionTag, isDefault, explanation } = revision
  const title = `${namespace}/${name}:${revisionTag}${isDefault ? ' (default)' : ''}`
  return [
    title,
    ...details(revision).map(indent),
    ...(explanation ? explain(explanation) : []),
    ...effectLines(revision),
  ]
}

function details(revision: ServiceRevision): string[] {
  const { heldByRollout, source, registerTime, registeredBy, etag, serviceEtag, generation, serviceHash, pubSubTopic } =
    revision
  return [
    ...lifecycle(revision),
    ...describeInformation(revision),
    ...row('default', heldByRollout ? 'stays, because a rollout runs: the default policy was not asked' : undefined),
    ...row('source', source && [source.repository, source.commit, source.imageDigest].filter(Boolean).join(' ')),
    ...row(
      'registered',
      registerTime && [registerTime.toISOString(), ...(registeredBy ? ['by', registeredBy] : [])].join(' '),
    ),
    ...row('etag', etag),
    ...row('service etag', serviceEtag),
    ...row('generation', generation === undefined ? undefined : String(generation)),
    ...row('service hash', serviceHash),
    ...row('pub/sub topic', pubSubTopic),
  ]
}

// A revision that is both yanked and deprecated has a line for each state.
function lifecycle({ state, deprecation, yank }: ServiceRevision): string[] {
  const text = (word: string, why: string | undefined) => (why ? `${word}: ${why}` : word)
  const use = deprecation?.replacement ? `, use ${deprecation.replacement}` : ''
  const states = [
    ...(yank ? [text('yanked', yank.reason)] : []),
    ...(deprecation ? [text(`deprecated${use}`, deprecation.message)] : []),
  ]
  return (states.length > 0 ? states : [state?.toLowerCase()]).flatMap((each) => row('state', each))
}

function explain({ description, rejected }: RevisionExplanation): string[] {
  return [
    ...row('why', description),
    ...rejected.flatMap(({ revisionTag, reason }) => row(`not ${revisionTag}`, reason)),
  ].map(indent)
}

/** The lines for a service after a change. */
export function describeService(service: ServiceSummary): string[] {
  const { namespace, name, defaultRevisionTag: tag } = service
  return [
    `${namespace}/${name}: ${tag === undefined ? 'no default' : `the default is ${tag}`}`,
    ...effectLines(service),
  ]
}

/** The lines below a title for the effect of a change, if the answer has one. */
export function effectLines({ effect }: { readonly effect?: ChangeEffect | undefined }): string[] {
  return effect ? describeEffect(effect).map(indent) : []
}

/** The lines for an alias that was changed. The first one tells where the alias itself points. */
export function describeChangedAlias(changed: ServiceAlias): string[] {
  const { alias, effect } = changed
  const aliases = effect?.aliases.filter((each) => each.alias !== alias) ?? []
  return [describeAlias(changed), ...effectLines({ effect: effect && { ...effect, aliases } })]
}

/** The line for an alias. */
export function describeAlias({ alias, revisionTag, follows, includePrerelease }: ServiceAlias): string {
  const how = follows === undefined ? '' : ` (follows ${follows}${includePrerelease ? ', pre-releases included' : ''})`
  return `${alias}: ${revisionTag ?? 'no revision'}${how}`
}

/** The line for the decision of a policy about a revision. */
export function describeDecision(sruid: string, { policy, becomesDefault, ...context }: PolicyDecision): string {
  const told = Object.entries({
    'the default is': context.currentDefault,
    'the highest version is': context.highestVersion,
    'the highest release is': context.highestRelease,
  }).map(([words, tag]) => `${words} ${tag ?? 'none'}`)
  const count = context.recentTags?.length
  if (count !== undefined) told.push(`the policy knows ${count} recent ${count === 1 ? 'tag' : 'tags'}`)
  return `${sruid} would ${becomesDefault ? 'become' : 'not become'} the default by ${policy}: ${told.join(', ')}`
}

function indent(line: string): string {
  return `  ${line}`
}

// Like REST, this leaves out empty values. The names of labels, of metadata and of claims keep their spelling.
function toApi(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toApi)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const isFree = (key: string) => ['labels', 'metadata', 'claims'].includes(key)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== '' && !(Array.isArray(part) && part.length === 0))
      .map(([key, part]) => [toSnakeCase(key), isFree(key) ? part : toApi(part)]),
  )
}

function toSnakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
