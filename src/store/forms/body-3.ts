import type { Alias } from '../../domain/alias.ts'
import type { StoredRule } from '../../domain/entries/delta.ts'
import type { StoredRollout } from '../../domain/entries/stored-rollout.ts'
import type { AliasMove, Head, Reserved } from '../../domain/head.ts'
import type { Lifecycle } from '../../domain/lifecycle.ts'
import type { Entry, Link, Revision } from '../../domain/log.ts'
import type { RevisionInfo } from '../../domain/revision-info.ts'
import type { Elsewhere } from './opened-entry.ts'

/**
 * The body of an entry of form 3: its changes, and the rest of the state after it. A value that is the usual one is left
 * out. The large parts of the state are in the entries that changed them, and named by their generations.
 */
export interface Body3
  extends Partial<Pick<Entry, 'principal' | 'writer' | 'request'>>,
    Pick<Link, 'delta' | 'hash'>,
    Partial<Pick<Link, 'salt' | 'prev'>> {
  readonly v: 3
  readonly state?: StateAfter
}

/** The state after an entry, without the changes in its delta. */
export interface StateAfter
  extends Partial<Omit<Head, 'defaultRule' | 'isDefaultImported' | 'rollout' | 'reserved'>>,
    Reserved {
  readonly defaultRule?: StoredRule
  readonly rollout?: StoredRollout
  readonly isDefaultImported?: true
  readonly aliases?: StoredAliases
  readonly revision?: RevisionState
}

/** The list of all aliases, or the generation that has it and the moves since then. Absent if the delta has the list. */
export type StoredAliases =
  | { readonly all: readonly StoredAlias[] }
  | { readonly at: number; readonly moves?: readonly StoredMove[] }

export type StoredMove = Omit<AliasMove, 'positions'> & { readonly positions: string }

export type StoredAlias = Pick<Alias, 'name' | 'etag'> & Partial<Omit<Alias, 'name' | 'etag'>>

export interface RevisionState
  extends Partial<Pick<Revision, 'requestedDefault' | 'registeredAt' | 'registeredBy' | 'ordinal' | 'writtenBy'>>,
    Partial<Pick<Lifecycle, 'yank' | 'deprecation'>> {
  /** The parts that changed since the entry that `infoAt` names, or all parts if there is no `infoAt`. */
  readonly info?: Partial<RevisionInfo>
  readonly infoAt?: number
  readonly isInfoChanged?: true
}

/** The generations of the earlier entries that have large parts of an entry. */
export function elsewhereOf({ state = {} }: Body3): Elsewhere {
  const { aliases, revision } = state
  return {
    ...(aliases !== undefined && 'at' in aliases && { aliases: aliases.at }),
    ...(revision?.infoAt !== undefined && { info: revision.infoAt }),
    ...(revision?.isInfoChanged && { registration: revision.ordinal as number }),
  }
}
