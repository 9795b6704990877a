/** A server for the tests. `stop` ends it and removes its data, except if the server was running before the tests. */
export type RunningMongo = {
  readonly uri: string
  /** The name of the engine, for people. */
  readonly engine: string
  stop(): Promise<void>
}

/** One line with the reason why there is no server, and what to do about it. */
export type Unavailable = { readonly unavailable: string }
