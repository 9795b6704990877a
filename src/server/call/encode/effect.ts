import { create } from '@bufbuild/protobuf'
import { type Effect, EffectSchema } from '../../../../gen/waypost/v1/effect_pb.ts'
import type { Effect as EffectOfChange } from '../../../domain/effect.ts'

/** The message of an effect. */
export function fromEffect({ defaultMove, aliasMoves, moved, warnings }: EffectOfChange): Effect {
  return create(EffectSchema, {
    ...(defaultMove && { defaultRevision: { before: defaultMove.before ?? '', after: defaultMove.after ?? '' } }),
    aliases: aliasMoves.map(({ alias, before, after }) => ({ alias, before: before ?? '', after: after ?? '' })),
    moved,
    warnings: [...warnings],
  })
}
