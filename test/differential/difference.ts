import type { Case } from './cases.ts'
import type { Parts } from './read-answer.ts'

/** A part of an answer in which the two servers differ. */
export interface Difference {
  /** The name of the part, such as `header content-type`. */
  readonly part: string
  /** The value of Waypost; undefined: its answer does not have the part. */
  readonly ours: string | undefined
  /** The value of the reference. */
  readonly theirs: string | undefined
}

/** Both answers to a request. */
export interface Exchange {
  readonly request: Case
  readonly ours: Parts
  readonly theirs: Parts
}

/** A sentence of a specification or of a document of Waypost. */
export interface Clause {
  /** The URL of the specification, or the path of the document. */
  readonly of: string
  /** The sentence, or its main part. A row of a table is written with a colon. That of a document of Waypost is exact. */
  readonly says: string
}

/** A difference between Waypost and the reference that is right. */
export interface AllowedDifference {
  readonly name: string
  /** The clause that allows it or asks for it. */
  readonly clause: Clause
  covers(difference: Difference, exchange: Exchange): boolean
}
