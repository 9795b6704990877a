import type { LabelSelector } from '../../domain/label-selector.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { VersionRange } from '../../domain/versions/version-range.ts'
import type { RevisionSelector } from '../../store/store.ts'

/** Which revision of a service is wanted. */
export type Selector = RevisionSelector | { readonly by: 'range'; readonly range: VersionRange }

export interface GetQuery {
  readonly service: ServiceId
  readonly selector: Selector
  /** Requirements that its labels must meet. In a range, the highest version that meets them is chosen. */
  readonly labels: LabelSelector
  /** Whether the answer explains why it is this revision. */
  readonly explain: boolean
}
