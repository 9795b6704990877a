import type { Alias } from '../alias.ts'
import type { Before } from '../entries/compute-delta.ts'
import type { FullHead } from '../head.ts'
import { type Deprecation, type Lifecycle, stateOf, type Yank } from '../lifecycle.ts'
import { type Entry, type FullRevision, isRevisionEntry } from '../log.ts'
import { type Endpoint, noInfo, type RevisionInfo } from '../revision-info.ts'
import type { Difference } from './change.ts'
import { difference, differencesByName } from './difference.ts'
import { rolloutDifferences } from './rollout-differences.ts'

/** An entry, and the state before it. */
export interface RecordedChange {
  readonly entry: Entry
  readonly before: Before
}

/**
 * The values that an entry changed: those of the service, and then those of the revision. Etags, the number of revisions
 * and the rule of the default are left out. The same entry always has the same differences.
 */
export function differencesOf({ entry, before }: RecordedChange): readonly Difference[] {
  const ofRevision = isRevisionEntry(entry) ? revisionDifferences(before.revision, entry.revision) : []
  return [...headDifferences(before.head, entry.head), ...ofRevision]
}

/** The values of a service as a whole in which two of its states differ. */
export function headDifferences(before: FullHead, after: FullHead): readonly Difference[] {
  return [
    ...difference('default', before.defaultTag, after.defaultTag),
    ...difference('highest_version', before.highestSemver, after.highestSemver),
    ...difference('highest_release', before.highestRelease, after.highestRelease),
    ...(before.aliases === after.aliases
      ? []
      : differencesByName('aliases.', targetsOf(before.aliases), targetsOf(after.aliases))),
    ...rolloutDifferences(before.rollout, after.rollout),
  ]
}

function targetsOf(aliases: readonly Alias[]): ReadonlyMap<string, string> {
  return new Map(aliases.map((alias) => [alias.name, targetOf(alias)]))
}

function targetOf({ follows, tag }: Alias): string {
  if (follows === null) return tag ?? ''
  const range = follows.includePrerelease ? `${follows.range} with pre-releases` : follows.range
  return `${range} → ${tag ?? 'no revision'}`
}

function revisionDifferences(before: FullRevision | null, after: FullRevision): readonly Difference[] {
  const requested = before === null ? after.requestedDefault : null
  return [
    ...difference('is_default', null, requested === null ? null : String(requested)),
    ...lifecycleDifferences(before?.lifecycle ?? null, after.lifecycle),
    ...infoDifferences(before?.info ?? noInfo, after.info),
  ]
}

function lifecycleDifferences(before: Lifecycle | null, after: Lifecycle): readonly Difference[] {
  if (before === after) return []
  return [
    ...difference('state', before && stateOf(before), stateOf(after)),
    ...difference('yank', textOfYank(before?.yank ?? null), textOfYank(after.yank)),
    ...difference('deprecation', textOfDeprecation(before?.deprecation ?? null), textOfDeprecation(after.deprecation)),
  ]
}

function textOfYank(yank: Yank | null): string | null {
  return yank && (yank.reason || 'without a reason')
}

function textOfDeprecation(deprecation: Deprecation | null): string | null {
  if (deprecation === null) return null
  const { message, replacement } = deprecation
  if (replacement === null) return message || 'without a message'
  return message === '' ? `use ${replacement}` : `${message} (use ${replacement})`
}

function infoDifferences(before: RevisionInfo, after: RevisionInfo): readonly Difference[] {
  if (before === after) return []
  // An empty text is the same as none.
  const text = (field: string, of: (info: RevisionInfo) => string) =>
    difference(field, of(before) || null, of(after) || null)
  return [
    ...differencesByName('labels.', new Map(before.labels), new Map(after.labels)),
    ...text('endpoints', ({ endpoints }) => endpoints.map(textOfEndpoint).join(', ')),
    ...text('description', ({ description }) => description),
    ...text('source.repository', ({ source }) => source.repository),
    ...text('source.commit', ({ source }) => source.commit),
    ...text('source.image_digest', ({ source }) => source.imageDigest),
    ...text('documentation_uri', ({ documentationUri }) => documentationUri),
  ]
}

function textOfEndpoint({ protocol, uri, metadata }: Endpoint): string {
  const address = `${protocol} ${uri}`
  return metadata.length === 0 ? address : `${address} ${JSON.stringify(Object.fromEntries(metadata))}`
}
