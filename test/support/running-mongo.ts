/** A server for the tests. `stop` ends it and removes what it stored; a server that was there before is left alone. */
export type RunningMongo = {
  readonly uri: string
  /** For people: what the tests ran against. */
  readonly engine: string
  stop(): Promise<void>
}

/** Why there is no server, and what to do about it, in one line. */
export type Unavailable = { readonly unavailable: string }
