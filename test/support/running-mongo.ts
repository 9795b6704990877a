/** The kinds of deployment that the tests use: one server without replicas, or a replica set of three members. */
export type Topology = 'single server' | 'replica set'

/** A deployment for the tests. `stop` ends it and removes its data, unless it was running before the tests. */
export type RunningMongo = {
  readonly uri: string
  /** The name of the engine, for people. */
  readonly engine: string
  stop(): Promise<void>
}

/** One line with the reason why there is no deployment, and what to do about it. */
export type Unavailable = { readonly unavailable: string }
