import { type Effect, effectOf } from '../../domain/effect.ts'
import type { FullHead } from '../../domain/head.ts'
import type { ChangeCommand } from './change.ts'

/** A change whose effect an answer may tell. */
export interface Effected {
  readonly command: Pick<ChangeCommand, 'validateOnly'>
  readonly before: FullHead
  readonly after: FullHead
  /** See `Effect`. Default: none. */
  readonly warnings?: readonly string[]
}

/** An answer that may tell the effect of its change. */
export interface WithEffect {
  /** Undefined: the answer does not tell it. */
  readonly effect?: Effect | undefined
}

/**
 * Returns the answer with the effect of its change. If the change was really made, nothing moved, and there is no warning,
 * the answer does not tell it.
 */
export function withEffect<T extends object>(
  answer: T,
  { command, before, after, warnings = [] }: Effected,
): T & WithEffect {
  const effect = effectOf(before, after, warnings)
  return command.validateOnly || isNotable(effect) ? { ...answer, effect } : answer
}

function isNotable({ defaultMove, aliasMoves, moved, warnings }: Effect): boolean {
  return defaultMove !== null || aliasMoves.length > 0 || moved > 0 || warnings.length > 0
}
