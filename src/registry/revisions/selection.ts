import type { AliasName } from '../../domain/alias.ts'
import type { LabelSelector } from '../../domain/label-selector.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { VersionRange } from '../../domain/version-range.ts'

/** What says which revision is wanted. */
export type Selector =
  | { readonly by: 'default' }
  | { readonly by: 'tag'; readonly tag: RevisionTag }
  | { readonly by: 'range'; readonly range: VersionRange }
  | { readonly by: 'alias'; readonly alias: AliasName }

export interface GetQuery {
  readonly service: ServiceId
  readonly selector: Selector
  /** What its labels must be. Of a range, the highest that meets it is chosen. */
  readonly labels: LabelSelector
  /** Whether the answer says why it is this one. */
  readonly explain: boolean
}
