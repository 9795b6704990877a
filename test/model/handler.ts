import type { Fields, Method } from '../support/api.ts'
import type { ModelService } from './state.ts'

/** A stored change of the model. */
export interface ModelChange {
  readonly method: Method
  readonly request: Fields
  /** The aliases that were set, moved or deleted. */
  readonly aliases: readonly string[]
}

/** The parts of the model that a handler may use. */
export interface Tools {
  /** The generation that a read is about, or the newest. */
  readonly generation: number
  /** All stored changes, the oldest first. */
  readonly changes: readonly ModelChange[]
  newEtag(): string
  /** The state after a change. Throws an `ApiError` if the change is refused. */
  stateAt(generation: number): ModelService
}

/** A change or a read of the service. Makes the change and returns the answer, or throws an `ApiError`. */
export type Handler = (service: ModelService, request: Fields, tools: Tools) => () => Fields
