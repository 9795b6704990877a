import type { Damage } from '../store/store.ts'

/** The kinds of problem that a verification finds. A code never changes its meaning. New codes may be added. */
export const problems = {
  STORAGE_DAMAGED: 'the storage below the log is damaged',
  ENTRY_DAMAGED: 'the entry is damaged',
  NEWER_FORM: 'a newer version of Waypost wrote the entry',
  WRONG_KEYS: 'the entry is found by values that are not its own',
  ENTRY_MISSING: 'the entry is missing',
  OUT_OF_ORDER: 'the entry is not in its place',
  OLD_FORM: 'the entry is of an old form, although one before it is of form 3',
  WRONG_TIME: 'the time is earlier than that of the entry before, or after the year 9999',
  WRONG_HASH: 'the hash is not that of the entry',
  WRONG_CHAIN: 'the entry does not contain the hash of the entry before',
  WRONG_CHANGE: 'the change cannot follow the entries before',
  WRONG_STATE: 'the stored state is not the result of the changes',
  WRONG_DEFAULT: 'the default cannot be the default',
  WRONG_ALIAS: 'an alias points to a revision that does not exist',
  WRONG_ROLLOUT: 'the rollout cannot run',
} as const

/** A code of a problem. */
export type ProblemCode = keyof typeof problems

/** A problem with an entry, or with its absence. */
export interface Problem {
  readonly code: ProblemCode
  /** Null: the problem is with the storage as a whole. */
  readonly service: string | null
  readonly generation: number | null
  /** A sentence for people, without the service and the generation. */
  readonly message: string
}

/** A fact that an operator should know, but that is no problem. */
export interface Note extends Omit<Problem, 'code'> {
  readonly code: 'FUTURE_TIME'
}

/** The code for the damage of an entry. */
export const codeOfDamage: Readonly<Record<Damage, ProblemCode>> = {
  damaged: 'ENTRY_DAMAGED',
  'newer-form': 'NEWER_FORM',
  'wrong-keys': 'WRONG_KEYS',
}
