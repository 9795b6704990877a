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

/** Returns the answer with further warnings. */
export function withWarnings<T extends WithEffect>(answer: T, warnings: readonly string[]): T {
  if (warnings.length === 0) return answer
  const { effect = { defaultMove: null, aliasMoves: [], moved: 0, warnings: [] } } = answer
  return { ...answer, effect: { ...effect, warnings: [...effect.warnings, ...warnings] } }
}

function isNotable({ defaultMove, aliasMoves, moved, warnings }: Effect): boolean {
  return defaultMove !== null || aliasMoves.length > 0 || moved > 0 || warnings.length > 0
}
