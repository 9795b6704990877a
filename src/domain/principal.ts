/** Someone who makes a call, as far as the server has verified it. */
export interface Principal {
  /** The name that the log keeps of whoever made a change. */
  readonly name: string
}

/** A caller of whom nothing is known. */
export const anonymous: Principal = { name: 'anonymous' }
