import type { At } from '../../domain/history/at.ts'
import type { LabelSelector } from '../../domain/labels/label-selector.ts'
import type { TargetingKey } from '../../domain/rollout/targeting-key.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { VersionRange } from '../../domain/versions/version-range.ts'
import type { RevisionSelector } from '../../store/store.ts'

/** Selects one revision of a service. */
export type Selector = RevisionSelector | { readonly by: 'range'; readonly range: VersionRange }

export interface GetQuery {
  readonly service: ServiceId
  readonly selector: Selector
  /** The labels of the revision must meet this selector. In a range, the highest version that meets it is chosen. */
  readonly labels: LabelSelector
  /** Decides between the default and the candidates of a rollout. Null: the caller gave none. */
  readonly targetingKey: TargetingKey | null
  /** The state to answer for. Null: the newest. */
  readonly at: At | null
  /** Whether the answer explains the choice of the revision. */
  readonly explain: boolean
  /** Whether the answer tells who registered the revision, if the caller may see it. Default: false. */
  readonly showsActor?: boolean
}
