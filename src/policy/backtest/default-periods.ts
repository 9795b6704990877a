import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { PastChange } from './past-service.ts'

/** The default of a service, and the one that it would have by a policy. Null: none. */
export interface Defaults {
  readonly defaultTag: RevisionTag | null
  readonly byPolicy: RevisionTag | null
}

/** A change at which a period begins or ends. */
export type Moment = Pick<PastChange, 'generation' | 'time'>

/** A time during which the default would have been another one. */
export interface Period extends Defaults {
  readonly from: Moment
  /** The change after which the period is over. Null: it is not over. */
  readonly until: Moment | null
}

/** The times during which two defaults differ. */
export class DefaultPeriods {
  readonly #over: Period[] = []
  #open: Period | undefined

  /** All periods so far, the earliest first. */
  get all(): readonly Period[] {
    return this.#open ? [...this.#over, this.#open] : this.#over
  }

  /** Takes the defaults after the next change. */
  add({ generation, time }: PastChange, defaults: Defaults): void {
    const open = this.#open
    if (open?.defaultTag === defaults.defaultTag && open.byPolicy === defaults.byPolicy) return
    const moment: Moment = { generation, ...(time && { time }) }
    if (open) this.#over.push({ ...open, until: moment })
    const differs = defaults.defaultTag !== defaults.byPolicy
    this.#open = differs ? { from: moment, until: null, ...defaults } : undefined
  }
}
